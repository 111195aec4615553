using ManagedUprobe.Native;
using ManagedUprobe.ProcFs;

namespace ManagedUprobe.Ptrace.Restart;

/// <summary>A wait as it was seen from outside.</summary>
/// <param name="Call">The call and its arguments.</param>
/// <param name="StartNs">When it was first seen, or better known to have begun.</param>
/// <param name="Timeslices">How often the thread had been put on a CPU then.</param>
/// <param name="Switches">Its voluntary switches, the one that began the wait included; −1 while not read.</param>
internal readonly record struct SeenWait(BlockedCall Call, long StartNs, long Timeslices, long Switches)
{
    /// <summary>Value of <see cref="Switches"/> while it has not been read.</summary>
    public const long NotRead = -1;

    /// <summary>Whether a stop with these registers ended a wait in this call.</summary>
    public bool IsCallOf(in UserRegs regs) =>
        Call == new BlockedCall(
            unchecked((long)regs.orig_rax), regs.rdi, regs.rsi, regs.rdx, regs.r10, regs.r8, regs.r9, regs.rsp);
}
