using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;

namespace ManagedUprobe.Bench;

/// <summary>How evenly a million hits follow each other: a stop that takes long is one that the target feels.</summary>
internal static class TailRows
{
    private const int Hits = 1_000_000;
    private const int MostRounds = 3;
    private const string TimeBefore = "{\"time\":";

    public static IEnumerable<BenchRow> All(Workplace place)
    {
        // One run of the target for the three rows of a round.
        long[] gaps = [];
        yield return new("muprobe.trap.p50", "the median gap between hits, of a million", null, () => Quantile(gaps = Gaps(place), 0.5)) { MaxRounds = MostRounds };
        yield return new("muprobe.trap.p999", "the gap that 99.9 % stay below", "muprobe.trap.p50", () => Quantile(gaps, 0.999)) { MaxRounds = MostRounds };
        yield return new("muprobe.trap.longest", "the longest gap", "muprobe.trap.p50", () => Quantile(gaps, 1)) { MaxRounds = MostRounds };
    }

    // Ascending.
    private static long[] Gaps(Workplace place)
    {
        string report = place.Scratch("tail");
        string program = place.Fixture("bench_target");
        _ = Job.Run(Confinement.OneCpu(
        [
            place.Muprobe, "trace", "-e", $"p:hit {program}:bench_endbr64", "--format", "json", "-o", report, "--",
            program, "endbr64", Hits.ToString(CultureInfo.InvariantCulture),
        ]));
        long[] gaps = new long[Hits - 1];
        long last = 0;
        int count = 0;
        foreach (string line in File.ReadLines(report))
        {
            long time = TimeOf(line);
            if (count > 0 && count <= gaps.Length)
            {
                gaps[count - 1] = time - last;
            }

            last = time;
            count++;
        }

        Array.Sort(gaps);
        File.Delete(report);
        return count == Hits ? gaps : throw new WrongOutputException($"{count} lines, not {Hits}");
    }

    // Seconds with nine digits behind the point.
    private static long TimeOf(string line)
    {
        int end = line.IndexOf(',', StringComparison.Ordinal);
        if (end < 0 || !line.StartsWith(TimeBefore, StringComparison.Ordinal))
        {
            throw new WrongOutputException($"a line without a time: {line}");
        }

        return (long)(decimal.Parse(line.AsSpan(TimeBefore.Length, end - TimeBefore.Length), CultureInfo.InvariantCulture) * 1_000_000_000m);
    }

    private static double Quantile(long[] ascending, double part) =>
        ascending.Length > 0 ? ascending[(int)Math.Min(ascending.Length - 1, ascending.Length * part)] : throw new NotMeasurableException("the row before it failed");
}
