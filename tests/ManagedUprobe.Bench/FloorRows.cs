using System;
using System.Collections.Generic;
using System.Globalization;

namespace ManagedUprobe.Bench;

/// <summary>The untraced call, and the least that a tracer of each kind can cost.</summary>
internal static class FloorRows
{
    private const long NativeCalls = 50_000_000;
    private const long TrampolineCalls = 20_000_000;
    private const long FreeHits = 40_000;
    private const long Hits = 100_000;

    public static IEnumerable<BenchRow> All(Workplace place)
    {
        yield return new("native", "one call of the function, untraced", null, () => NativeCall(place));
        yield return new("floor.trampoline", "written by hand, in-process: time, thread, two arguments", null, () => Trampoline(place));
        yield return new(
            "floor.ptrace",
            "C: one stop a hit, nothing recorded; one CPU",
            null,
            () => Job.PerHit(hits => Ptrace(place, hits, Confinement.OneCpu), Hits));
        yield return new(
            "floor.ptrace.free",
            "the same, blocking, on all CPUs",
            "floor.ptrace",
            () => Job.PerHit(hits => Ptrace(place, hits, Confinement.Free), FreeHits));
    }

    private static double NativeCall(Workplace place) =>
        Job.Run([.. Confinement.OneCpu([place.Fixture("bench_target"), "endbr64", Text(NativeCalls)])]).NumberAfter("ns") / NativeCalls;

    private static double Trampoline(Workplace place) =>
        Job.Run([.. Confinement.OneCpu([place.Fixture("bench_floor_trampoline"), Text(TrampolineCalls)])]).NumberAfter("ns") / TrampolineCalls;

    private static double Ptrace(Workplace place, long hits, Func<IReadOnlyList<string>, IReadOnlyList<string>> confine)
    {
        string program = place.Fixture("bench_target");
        string offset = string.Create(CultureInfo.InvariantCulture, $"0x{place.AddressOf(program, "bench_endbr64"):x}");
        JobResult traced = Job.Time(confine([place.Fixture("bench_floor_ptrace"), program, offset, "endbr64", Text(hits)]));
        return traced.NumberAfter("hits") == hits
            ? traced.Nanoseconds
            : throw new WrongOutputException($"{traced.NumberAfter("hits")} stops, not {hits}");
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
