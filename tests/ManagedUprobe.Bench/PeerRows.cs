using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

namespace ManagedUprobe.Bench;

/// <summary>Other tracers on the same loop.</summary>
internal static class PeerRows
{
    private const long SlowHits = 2_000;
    private const long FastHits = 200_000;

    public static IEnumerable<BenchRow> All(Workplace place)
    {
        yield return new("gdb.dprintf", "gdb's dprintf with one argument", "muprobe.trap", () => Job.PerHit(hits => Gdb(place, hits), SlowHits)) { MaxRounds = 3 };
        yield return new("ltrace", "ltrace -x on the function", "muprobe.trap", () => Job.PerHit(hits => Ltrace(place, hits), SlowHits)) { MaxRounds = 3 };
        yield return new("uftrace", "uftrace record, entry and exit, built with -pg", null, () => Job.PerHit(hits => Uftrace(place, hits), FastHits)) { MaxRounds = 3 };
    }

    private static double Gdb(Workplace place, long hits)
    {
        JobResult result = Job.Time(Confinement.OneCpu(
        [
            Installed("gdb"), "-q", "-batch", "-nx", "-ex", "set pagination off", "-ex", "set debuginfod enabled off",
            "-ex", "dprintf bench_endbr64,\"hit %ld\\n\",$rdi", "-ex", "run", "--args", .. Target(place, hits),
        ]));
        return Counted(result, result.Output.Split('\n').LongCount(line => line.StartsWith("hit ", StringComparison.Ordinal)), hits);
    }

    private static double Ltrace(Workplace place, long hits)
    {
        string report = place.Scratch("ltrace");
        JobResult result = Job.Time(Confinement.OneCpu(
            [Installed("ltrace"), "-o", report, "-L", "-x", "bench_endbr64", .. Target(place, hits)]));
        return Counted(result, File.ReadLines(report).LongCount(line => line.Contains("bench_endbr64", StringComparison.Ordinal)), hits);
    }

    private static double Uftrace(Workplace place, long hits)
    {
        string data = place.Scratch("uftrace");
        JobResult result = Job.Time(Confinement.OneCpu(
        [
            Installed("uftrace"), "record", "--no-libcall", "--buffer", "64M", "-d", data,
            place.Fixture("bench_target_pg"), hits.ToString(CultureInfo.InvariantCulture),
        ]));
        string? line = Job.Run("uftrace", "report", "-d", data, "-f", "call").Output.Split('\n').FirstOrDefault(line => line.Contains("bench_pg", StringComparison.Ordinal));
        return Counted(result, long.Parse(line?.Trim().Split(' ')[0] ?? "0", CultureInfo.InvariantCulture), hits);
    }

    private static string[] Target(Workplace place, long hits) =>
        [place.Fixture("bench_target"), "endbr64", hits.ToString(CultureInfo.InvariantCulture)];

    private static double Counted(JobResult result, long found, long hits) =>
        found == hits ? result.Nanoseconds : throw new WrongOutputException($"{found} events, not {hits}");

    private static string Installed(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program)))
            ? program
            : throw new NotMeasurableException($"not installed: apt-get install {program}");
}
