using ManagedUprobe.IntegrationTests.Support;

namespace ManagedUprobe.IntegrationTests.Survival;

/// <summary>A kind of target and of probes on it.</summary>
/// <param name="Name">For people.</param>
/// <param name="Kind">First argument of the fixture.</param>
/// <param name="Threads">Its second argument.</param>
/// <param name="Probes">Definitions; PROGRAM stands for the fixture, LIBC for the C library.</param>
/// <param name="Return">How returns are caught.</param>
/// <param name="Moment">When the kill comes.</param>
/// <param name="InstallsLate">Whether the target installs its own handler under the probes.</param>
/// <param name="MayLose">Whether it hits with SIGTRAP blocked: not all deaths can be survived.</param>
/// <param name="Program">The fixture.</param>
internal sealed record KillCase(
    string Name, string Kind, int Threads, string[] Probes, string Return = "auto", KillMoment Moment = KillMoment.Storm, bool InstallsLate = false, bool MayLose = false, string Program = "killed")
{
    private const string Program32 = "m32/killed";

    private static readonly string[] s_entries = ["p PROGRAM:mix", "p PROGRAM:nested"];
    private static readonly string[] s_returns = ["r PROGRAM:mix", "r PROGRAM:nested", "r PROGRAM:outer"];
    private static readonly string[] s_libc = ["p LIBC:malloc", "p LIBC:free", "p LIBC:munmap", "p PROGRAM:mix"];
    private static readonly string[] s_libcReturns = ["r LIBC:malloc", "p LIBC:free", "r LIBC:munmap"];
    private static readonly string[] s_births = ["p LIBC:munmap", "p LIBC:madvise", "p LIBC:mprotect", "p PROGRAM:mix"];

    private static readonly KillCase[] s_of32Bits =
    [
        new("32-bit, 4 threads", "calls", 4, s_entries, Program: Program32),
        new("32-bit, return sites", "calls", 2, s_returns, "sites", Program: Program32),
        new("32-bit, replaced return addresses", "calls", 3, s_returns, "hijack", Program: Program32),
        new("32-bit, attach", "calls", 4, s_entries, Moment: KillMoment.Attach, Program: Program32),
        new("32-bit, detach, returns", "calls", 3, s_returns, "hijack", KillMoment.Detach, Program: Program32),
    ];

    /// <summary>All of them.</summary>
    public static KillCase[] All { get; } =
    [
        new("one thread", "calls", 1, s_entries),
        new("8 threads", "calls", 8, s_entries),
        new("malloc, free, munmap", "alloc", 3, s_libc),
        new("malloc, munmap with returns", "alloc", 2, s_libcReturns, "hijack"),
        new("new code", "code", 2, s_entries),
        new("return sites", "calls", 4, s_returns, "sites"),
        new("replaced return addresses", "calls", 4, s_returns, "hijack"),
        new("attach", "calls", 4, s_entries, Moment: KillMoment.Attach),
        new("attach, returns", "calls", 2, s_returns, "hijack", KillMoment.Attach),
        new("detach", "calls", 4, s_entries, Moment: KillMoment.Detach),
        new("detach, returns", "calls", 3, s_returns, "hijack", KillMoment.Detach),
        new("own handler, installed before", "handler", 2, s_entries),
        new("own handler, installed after", "calls", 2, s_entries, InstallsLate: true),
        new("SIGTRAP ignored", "ignore", 2, s_entries),
        new("all signals blocked", "blocked", 1, s_entries, MayLose: true),
        new("threads born and dying", "births", 2, s_births, MayLose: true),
        .. Fixture.Has(Program32) ? s_of32Bits : [],
    ];
}
