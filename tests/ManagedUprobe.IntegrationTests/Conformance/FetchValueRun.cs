using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading;
using System.Threading.Tasks;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Session;
using ManagedUprobe.Session.Comparing;
using ManagedUprobe.Tracing;

namespace ManagedUprobe.IntegrationTests.Conformance;

/// <summary>Some random events on one run of the fixture <c>fetchvalues</c> under the kernel, and one under us, without randomised addresses.</summary>
internal sealed partial class FetchValueRun(int seed, string program, ElfSymbols symbols)
{
    private const string BufferKb = "8192";
    private const int Hits = 12;

    /// <summary>What the kernel writes where a line does not fit into its buffer of 8 KB.</summary>
    private const string TooBig = "[LINE TOO BIG]";

    private readonly RandomText _random = new(seed);

    /// <summary>Evaluations of arguments with the same value.</summary>
    public int Evaluations { get; private set; }

    /// <summary>Those with another value, which a flaw of the kernel's explains.</summary>
    public int Flawed { get; private set; }

    /// <summary>Hits that are not compared: the record is longer than the kernel's ring takes, or the line than it prints, or stale data look like values.</summary>
    public int Dropped { get; private set; }

    /// <summary>Runs both.</summary>
    /// <returns>The first difference; null when there is none.</returns>
    public async Task<string?> RunAsync(int eventCount, CancellationToken cancellation)
    {
        List<FetchValueEvent> events = [.. Enumerable.Range(0, eventCount).Select(number => Event(number))];
        string trace;
        using (var kernel = KernelInstance.Open())
        {
            // What the kernel refuses (too much for one event, an array behind +u) has no values; DefinitionFuzzTests compares refusals.
            var refused = events.Where(each => kernel.TryDefine(each.Definition) != 0).ToList();
            events.RemoveAll(refused.Contains);
            if (events.Count == 0)
            {
                return null;
            }

            kernel.Write("buffer_size_kb", BufferKb);
            kernel.Write("events/GROUP/enable", "1");
            _ = CommandRunner.Output(Command[0], Command[1..]);
            trace = Glued().Replace(kernel.Read("trace"), TooBig + "\n");
            kernel.Write("events/GROUP/enable", "0");
        }

        ILookup<string, string> kernels = Lines(trace);
        ILookup<string, string> ours = Lines(await TraceAsync(events, cancellation));
        return events.Select(each => Compare(each, [.. kernels[each.Name]], [.. ours[each.Name]])).FirstOrDefault(difference => difference is not null);
    }

    private string[] Command => ["setarch", "-R", program, Hits.ToString(CultureInfo.InvariantCulture), seed.ToString(CultureInfo.InvariantCulture)];

    private FetchValueEvent Event(int number)
    {
        bool isReturn = _random.Chance(35);
        string symbol = isReturn ? "load_and_return" : _random.Of("load_registers", "registers_loaded", "registers_loaded", "load_and_return");
        string place = string.Create(CultureInfo.InvariantCulture, $"{program}:0x{symbols.OffsetOf(symbol):x}");
        return new FetchValueEvent(
            string.Create(CultureInfo.InvariantCulture, $"e{number}"), isReturn, place, new FetchValueTexts(_random, isReturn).Next());
    }

    private async Task<string> TraceAsync(List<FetchValueEvent> events, CancellationToken cancellation)
    {
        await using var session = UprobeSession.Launch(Command[0], Command[1..], new SessionOptions { CountOnly = true });
        TraceFs files = session.TraceFs;
        files.WriteText("buffer_size_kb", BufferKb);
        foreach (FetchValueEvent each in events)
        {
            files.WriteText("uprobe_events", each.Definition, append: true);
        }

        files.WriteText("events/GROUP/enable", "1");
        _ = await session.WaitForExitAsync(cancellation);
        return Encoding.Latin1.GetString(files.ReadBytes("trace"));
    }

    // Where the kernel reserves less room than the texts need, it records what is too long in truth.
    private string? Compare(FetchValueEvent each, string[] kernels, string[] ours)
    {
        Dictionary<string, string> our = ours.ToDictionary(FetchValueEvent.CallOf, StringComparer.Ordinal);
        var both = kernels.Where(line => our.ContainsKey(FetchValueEvent.CallOf(line))).ToList();
        if (both.Count < ours.Length || (both.Count < kernels.Length && !each.HasTexts))
        {
            return $"{each.Definition}: the kernel shows {kernels.Length} hits, we {ours.Length}; {both.Count} are the same";
        }

        var whole = both.Where(line => !line.EndsWith(TooBig, StringComparison.Ordinal) && each.IsClear(line)).ToList();
        string? difference = whole.Select(line => each.Compare(line, our[FetchValueEvent.CallOf(line)])).FirstOrDefault(found => found is not null);
        Evaluations += (whole.Count * each.ArgumentCount) - each.Flawed;
        Dropped += Hits - whole.Count;
        Flawed += each.Flawed;
        return difference;
    }

    private static ILookup<string, string> Lines(string trace) => RecordedEvent.Parse(trace).ToLookup(line => line.Event, line => line.Text, StringComparer.Ordinal);

    // Where what remains of the buffer is too small for TooBig, the kernel writes nothing, and no newline either: the next line follows at once.
    [GeneratedRegex(@"(?<=[^\n])(?= {5}fetchvalues-\d+ +\[\d{3}\] )")]
    private static partial Regex Glued();
}
