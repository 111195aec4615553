using System.Collections.Generic;
using System.Linq;

namespace ManagedUprobe.Bench;

/// <summary>Trap mode: the whole of <c>muprobe trace -o FILE</c>, by hits.</summary>
internal static class TrapRows
{
    private const string Floor = "floor.ptrace";
    private const long KindHits = 40_000;
    private const long FreeHits = 40_000;

    // endbr64 is the plain row.
    private static readonly string[] s_kinds = ["push", "nop", "sub", "lea", "mov", "call", "jcc", "ret"];

    public static IEnumerable<BenchRow> All(Workplace place) =>
        Arguments(place).Concat(Kinds(place)).Concat(Threads(place)).Concat(Free(place));

    private static IEnumerable<BenchRow> Arguments(Workplace place)
    {
        yield return Row("muprobe.trap", "no arguments; one CPU", Plain(place));
        yield return Row("muprobe.trap.args", "two register arguments", Plain(place, "a=%di:s64 b=%si:s64", " hit: (0x", ") a={0} b={1}"));
        yield return Row(
            "muprobe.trap.args8",
            "eight arguments, two of them on the stack",
            Plain(
                place,
                "a=%di:s64 b=%si:s64 c=%dx:x64 d=%cx:u8 e=%r8:u16 f=%r9:s32 g=$stack1:u64 h=+16(%sp):u32",
                ") a={0} b={1} c=0x",
                " d=4 e=5 f=6 g=7 h=8"));
        yield return Row(
            "muprobe.trap.string", "a string argument", Plain(place, "s=+0(%dx):string", ") s=\"a string of thirty-two characters\""));
        yield return Row(
            "muprobe.trap.json",
            "two register arguments, as JSON",
            Plain(place, "a=%di:s64 b=%si:s64", "{{\"time\":", "\"event\":\"hit\"", "\"args\":{{\"a\":{0},\"b\":{1}}}}}").Json());
        yield return Row(
            "muprobe.trap.return",
            "entry and return: the returned value",
            new TraceJob(place).Probe("r:hit @ v=$retval:s64").Expect(" hit: (0x", " <- 0x", ") v="));
        yield return Row(
            "muprobe.trap.pair",
            "an event at entry and one at return",
            new TraceJob(place).Probe("p:hit @").Probe("r:back @"));
        yield return Row("muprobe.trap.single", "no arguments, --step single", Plain(place).Options("--step", "single"));
    }

    private static IEnumerable<BenchRow> Kinds(Workplace place) =>
        s_kinds.Select(kind => Row($"muprobe.trap.{kind}", $"no arguments, on {kind}", Plain(place).Kind(kind).Calls(KindHits)));

    private static IEnumerable<BenchRow> Threads(Workplace place)
    {
        yield return Row("muprobe.trap.threads", "16 threads; one CPU", Plain(place).Calls(96_000, 16), "muprobe.trap");
        foreach (int threads in new[] { 2, 4 })
        {
            yield return Row($"muprobe.trap.threads.{threads}", $"{threads} threads; one CPU", Plain(place).Calls(40_000, threads), "muprobe.trap");
        }
    }

    private static IEnumerable<BenchRow> Free(Workplace place)
    {
        yield return Row("muprobe.trap.free", "no arguments; all CPUs", Plain(place).Calls(FreeHits).Free(), "floor.ptrace.free");
        yield return Row(
            "muprobe.trap.threads.free", "16 threads; all CPUs", Plain(place).Calls(FreeHits, 16).Free(), "muprobe.trap.free");
    }

    private static TraceJob Plain(Workplace place, string arguments = "", params string[] expected) =>
        new TraceJob(place).Probe($"p:hit @ {arguments}".TrimEnd()).Expect(expected.Length == 0 ? ["bench_target-", " hit: (0x", ")"] : expected);

    private static BenchRow Row(string name, string what, TraceJob job, string of = Floor) => new(name, what, of, job.Measure);
}
