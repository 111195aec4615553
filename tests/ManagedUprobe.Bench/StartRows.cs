using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading;

namespace ManagedUprobe.Bench;

/// <summary>What happens once: start-up, attaching, memory.</summary>
internal static class StartRows
{
    private const string Late = "late";
    private const long LateThreads = 100;
    private const long LateSleeps = 1_500;
    private const long MemoryHits = 60_000;

    public static IEnumerable<BenchRow> All(Workplace place)
    {
        yield return new("muprobe.start", "from exec of muprobe to the time of the first event", null, () => FirstEvent(place));
        yield return new("native.late", "100 threads sleep 500 us each: the longest sleep, untraced", null, () => Longest(place, attach: false)) { MaxRounds = 3 };
        yield return new("muprobe.attach", "the same with muprobe attached and detached meanwhile", "native.late", () => Longest(place, attach: true)) { MaxRounds = 3 };
        yield return new("muprobe.memory", "peak resident memory of muprobe trace", null, () => Memory(place)) { MaxRounds = 1, Unit = BenchUnit.Bytes };
    }

    private static double FirstEvent(Workplace place)
    {
        string report = place.Scratch("first");
        string probe = $"p:hit {place.Fixture("bench_target")}:bench_endbr64";
        // CLOCK_MONOTONIC, as the events have it.
        double start = Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency);
        _ = Job.Run(place.Muprobe, "trace", "-e", probe, "--format", "json", "-o", report, "--", place.Fixture("bench_target"), "endbr64", "1");
        using var line = JsonDocument.Parse(File.ReadAllText(report));
        decimal seconds = line.RootElement.GetProperty("time").GetDecimal();
        return (double)(seconds * 1_000_000_000m) - start;
    }

    private static double Longest(Workplace place, bool attach)
    {
        string[] command = [place.Fixture("bench_target"), Late, Text(LateSleeps), Text(LateThreads)];
        using Process target = Job.Start(command);
        if (attach)
        {
            Thread.Sleep(100);
            string probe = $"p:hit {place.Fixture("bench_target")}:bench_endbr64";
            _ = Job.Run(place.Muprobe, "stat", "-e", probe, "-d", "0.2", "-p", Text(target.Id), "-o", place.Scratch("counts"));
        }

        string output = target.StandardOutput.ReadToEnd();
        target.WaitForExit();
        return new JobResult(default, output, "").NumberAfter("ns");
    }

    private static double Memory(Workplace place)
    {
        string probe = $"p:hit {place.Fixture("bench_target")}:bench_endbr64";
        using Process muprobe = Job.Start(
            [place.Muprobe, "trace", "-e", probe, "-o", place.Scratch("events"), "--", place.Fixture("bench_target"), "endbr64", Text(MemoryHits)]);
        double peak = 0;
        while (!muprobe.WaitForExit(TimeSpan.FromMilliseconds(5)))
        {
            peak = Math.Max(peak, PeakOf(muprobe.Id));
        }

        return peak > 0 ? peak : throw new NotMeasurableException("it ended before it was looked at");
    }

    // VmHWM stands in kilobytes.
    private static double PeakOf(int pid)
    {
        try
        {
            string? line = File.ReadLines($"/proc/{pid}/status").FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : double.Parse(line[6..^2], CultureInfo.InvariantCulture) * 1024;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
