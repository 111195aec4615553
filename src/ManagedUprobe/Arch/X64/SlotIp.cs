using ManagedUprobe.Native;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Arch.X64;

/// <summary>Says what a thread that stopped inside a slot has done so far, and makes its registers look so.</summary>
/// <remarks>
/// Positions by the layouts of <see cref="BoostedSlot"/> (first, second, third instruction):
/// <code>
/// all               first           NotStarted: rip = site
/// Straight          second          Done: rip = next
/// ConditionalJump   second          Done: rip = next
/// Loop              second          Done: rip = next
///                   third           Done: rip = target
/// CallRelative      second          Done: rip = target, the return address is on the stack
/// CallIndirect      second          Done: rip = target, if the operand can be read and the jump did not fault;
///                                   else NotStarted: rsp += 8, rip = site
/// Syscall           second, third   Done: rip = rcx = next
/// </code>
/// <para>Undoing the push leaves the 8 bytes below the stack pointer overwritten. That is harmless: a retried
/// call overwrites them again, and a function that calls keeps nothing there.</para>
/// <para>A system call that a signal ended is Done at <c>next</c> while the kernel has not yet decided to restart
/// it (rax is -512 or so at the signal stop); the kernel then moves rip back by 2, to the site: whoever knows
/// that the thread sits in a slot should expect one more hit that is none.</para>
/// </remarks>
internal static class SlotIp
{
    /// <summary>Maps the registers of a stopped thread.</summary>
    /// <param name="insn">The displaced instruction.</param>
    /// <param name="layout">The slot's.</param>
    /// <param name="siteVaddr">Address of the site.</param>
    /// <param name="slotVaddr">Address of the slot.</param>
    /// <param name="faulted">The stop is a fault that the instruction at rip raised (not a signal from elsewhere,
    /// not a step).</param>
    /// <param name="regs">Changed to what they would be without the slot; untouched when the result is
    /// Outside.</param>
    /// <param name="memory">The thread's memory, read for the target of an indirect call.</param>
    public static SlotPosition Map(
        ArchUprobe insn, SlotLayout layout, ulong siteVaddr, ulong slotVaddr, bool faulted, ref UserRegs regs,
        ITraceeMemory memory)
    {
        ulong offset = unchecked(regs.rip - slotVaddr);
        if (offset == 0)
        {
            return Restart(insn, siteVaddr, slotVaddr, ref regs);
        }

        if (offset != (ulong)layout.Second && offset != (ulong)layout.Third)
        {
            return SlotPosition.Outside;
        }

        ulong nextVaddr = insn.Mode.Wrap(unchecked(siteVaddr + (ulong)insn.Length));
        switch (insn.Kind)
        {
            case InsnKind.CallIndirect:
                return FinishIndirectCall(insn, siteVaddr, faulted, ref regs, memory);
            case InsnKind.Loop when offset == (ulong)layout.Third:
            case InsnKind.CallRelative:
                regs.rip = BranchTarget.Relative(insn, siteVaddr);
                return SlotPosition.Done;
            case InsnKind.Syscall:
                regs.rcx = nextVaddr;
                regs.rip = nextVaddr;
                return SlotPosition.Done;
            default:
                regs.rip = nextVaddr;
                return SlotPosition.Done;
        }
    }

    private static SlotPosition Restart(ArchUprobe insn, ulong siteVaddr, ulong slotVaddr, ref UserRegs regs)
    {
        // A restarted system call has been through the kernel once, which left the address behind it in rcx.
        if (insn.Kind == InsnKind.Syscall && regs.rcx == unchecked(slotVaddr + (ulong)insn.Length))
        {
            regs.rcx = unchecked(siteVaddr + (ulong)insn.Length);
        }

        regs.rip = siteVaddr;
        return SlotPosition.NotStarted;
    }

    private static SlotPosition FinishIndirectCall(
        ArchUprobe insn, ulong siteVaddr, bool faulted, ref UserRegs regs, ITraceeMemory memory)
    {
        UserRegs before = regs;
        before.rsp = insn.Mode.Wrap(unchecked(before.rsp + (ulong)insn.Mode.WordSize()));
        if (!faulted && BranchTarget.TryIndirect(insn, siteVaddr, in before, memory, out ulong targetVaddr))
        {
            regs.rip = targetVaddr;
            return SlotPosition.Done;
        }

        regs.rsp = before.rsp;
        regs.rip = siteVaddr;
        return SlotPosition.NotStarted;
    }
}
