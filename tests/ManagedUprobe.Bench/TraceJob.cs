using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace ManagedUprobe.Bench;

/// <summary>One run of <c>muprobe trace -o FILE</c> over the benchmark's target: its cost a hit, every line checked.</summary>
internal sealed class TraceJob(Workplace place)
{
    private readonly List<string> _definitions = [];
    private string _kind = "endbr64";
    private string _format = "text";
    private Func<IReadOnlyList<string>, IReadOnlyList<string>> _confine = Confinement.OneCpu;
    private string[] _options = [];
    private string[] _expected = [];
    private bool _isInOrder = true;
    private long _lines;

    public long Hits { get; private set; } = 100_000;

    public int Threads { get; private set; } = 1;

    /// <summary>Event definitions, @ standing for the probed function; each makes a line a hit unless <paramref name="recorded"/> is false.</summary>
    public TraceJob Probe(string definition, bool recorded = true)
    {
        _definitions.Add(definition);
        _lines += recorded ? 1 : 0;
        return this;
    }

    /// <summary>What the line of hit i must hold, with {0} for i and {1} for 2i.</summary>
    public TraceJob Expect(params string[] text)
    {
        _expected = text;
        return this;
    }

    public TraceJob Kind(string kind)
    {
        _kind = kind;
        return this;
    }

    public TraceJob Json()
    {
        _format = "json";
        return this;
    }

    public TraceJob Free()
    {
        _confine = Confinement.Free;
        return this;
    }

    public TraceJob Options(params string[] options)
    {
        _options = options;
        return this;
    }

    public TraceJob Calls(long hits, int threads = 1)
    {
        Hits = hits;
        Threads = threads;
        _isInOrder = threads == 1;
        return this;
    }

    /// <summary>Wall time of the whole job less that of the untraced program, by hits, in nanoseconds.</summary>
    public double Measure()
    {
        string report = place.Scratch("events");
        IReadOnlyList<string> target = Target();
        JobResult untraced = Job.Time(_confine(target));
        JobResult traced = Job.Time(_confine(Command(report, target)));
        Check(report);
        return (traced.Nanoseconds - untraced.Nanoseconds) / Hits;
    }

    private string[] Target() =>
    [
        place.Fixture("bench_target"), _kind, Hits.ToString(CultureInfo.InvariantCulture), Threads.ToString(CultureInfo.InvariantCulture),
    ];

    private string[] Command(string report, IReadOnlyList<string> target)
    {
        string place1 = $"{place.Fixture("bench_target")}:bench_{_kind}";
        IEnumerable<string> events = _definitions.SelectMany(text => new[] { "-e", text.Replace("@", place1, StringComparison.Ordinal) });
        return [place.Muprobe, "trace", .. events, .. _options, "--format", _format, "-o", report, "--", .. target];
    }

    private void Check(string report) => LineCheck.Run(report, new ExpectedLines(Hits * _lines, _isInOrder ? _expected : [], _lines));
}
