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
    private long _hits = 100_000;
    private int _threads = 1;

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
        _hits = hits;
        _threads = threads;
        _isInOrder = threads == 1;
        return this;
    }

    /// <summary>What a hit costs, in nanoseconds.</summary>
    public double Measure() => Job.PerHit(Run, _hits, _threads);

    private double Run(long hits)
    {
        string report = place.Scratch("events");
        JobResult traced = Job.Time(_confine(Command(report, hits)));
        LineCheck.Run(report, new ExpectedLines(hits * _lines, _isInOrder ? _expected : [], _lines));
        return traced.Nanoseconds;
    }

    private string[] Command(string report, long hits)
    {
        string program = place.Fixture("bench_target");
        IEnumerable<string> events = _definitions.SelectMany(text => new[] { "-e", text.Replace("@", $"{program}:bench_{_kind}", StringComparison.Ordinal) });
        return
        [
            place.Muprobe, "trace", .. events, .. _options, "--format", _format, "-o", report, "--",
            program, _kind, hits.ToString(CultureInfo.InvariantCulture), _threads.ToString(CultureInfo.InvariantCulture),
        ];
    }
}
