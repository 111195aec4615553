using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;

namespace ManagedUprobe.Bench;

/// <summary>Many probes: placing them, removing them, and what a hit costs among them.</summary>
internal static class ScaleRows
{
    private const string Program = "bench_places";
    private const ulong Spacing = 16;
    private const long Hits = 40_000;

    public static IEnumerable<BenchRow> All(Workplace place)
    {
        foreach (int count in new[] { 1, 100, 10_000 })
        {
            yield return new(
                $"muprobe.trap.of.{count}", $"a hit with {count} probes placed", count == 1 ? "floor.ptrace" : "muprobe.trap.of.1", () => HitAmong(place, count));
        }

        foreach (int count in new[] { 1_000, 10_000 })
        {
            yield return new($"muprobe.place.{count}", $"placing {count} probes, parsing included", null, () => Place(place, count));
            yield return new(
                $"muprobe.replace.{count}", $"placing {count} in a running process and removing them", $"muprobe.place.{count}", () => PlaceAndRemove(place, count));
        }
    }

    private static double HitAmong(Workplace place, int count)
    {
        string file = Definitions(place, count);
        return Job.PerHit(hits => Run(place, file, hits), Hits);
    }

    private static double Place(Workplace place, int count) =>
        Run(place, Definitions(place, count), 1) - Run(place, Definitions(place, 1), 1);

    private static double PlaceAndRemove(Workplace place, int count)
    {
        using Process target = Job.Start([place.Fixture(Program), "-1"]);
        try
        {
            _ = target.StandardOutput.ReadLine();
            return Attach(Definitions(place, count)) - Attach(Definitions(place, 1));
        }
        finally
        {
            target.Kill();
            target.WaitForExit();
        }

        double Attach(string file) => Job.Time(
            [place.Muprobe, "stat", "-f", file, "-d", "0.01", "-p", target.Id.ToString(CultureInfo.InvariantCulture), "-o", place.Scratch("counts")]).Nanoseconds;
    }

    private static double Run(Workplace place, string definitions, long calls)
    {
        string report = place.Scratch("events");
        JobResult result = Job.Time(Confinement.OneCpu(
        [
            place.Muprobe, "trace", "-f", definitions, "-o", report, "--", place.Fixture(Program), calls.ToString(CultureInfo.InvariantCulture),
        ]));
        LineCheck.Run(report, new ExpectedLines(calls, [" e0: (0x"], 1));
        return result.Nanoseconds;
    }

    // Written once: one definition for each of the first functions, by file offset.
    private static string Definitions(Workplace place, int count)
    {
        string file = place.Scratch($"definitions.{count}");
        if (!File.Exists(file))
        {
            string program = place.Fixture(Program);
            ulong start = place.AddressOf(program, "place_0");
            File.WriteAllLines(file, Enumerable.Range(0, count).Select(i => string.Create(
                CultureInfo.InvariantCulture, $"p:bench/e{i} {program}:0x{start + ((ulong)i * Spacing):x}")));
        }

        return file;
    }
}
