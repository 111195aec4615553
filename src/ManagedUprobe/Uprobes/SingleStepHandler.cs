using ManagedUprobe.Arch;
using ManagedUprobe.Arch.X64;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Uprobes;

/// <summary>The end of a single step, and signals that meet a thread in a slot (the kernel's handle_singlestep and uprobe_deny_signal).</summary>
/// <remarks>
/// A handler, a core dump and a debugger in the target see the original address, never one of a slot. A signal at a slot's start waits until the instruction is
/// done (delivered there it would come back to the site, which would be hit twice); behind it the address is mapped; a fault of the instruction
/// itself is delivered with the address of the site, and the site is hit again if the handler returns to it, as in the kernel.
/// SIGSTOP never waits: no handler sees it, and a SIGCONT that follows must find it in effect.
/// </remarks>
internal sealed class SingleStepHandler
{
    private readonly TrapKeeper _trap;

    public SingleStepHandler(TrapKeeper trap) => _trap = trap;

    /// <summary>Steps a thread out of a boosted slot; its deferred signals are delivered behind it.</summary>
    public static void LeaveSlot(UprobeTask task, Site site)
    {
        task.State = UprobeTaskState.LeavingSlot;
        task.ActiveSite = site;
        task.Tracee.SingleStep();
    }

    /// <summary>The trap of a single step that the engine asked for.</summary>
    public void HandleSingleStep(UprobeTask task)
    {
        task.TrapVaddr = 0;
        _trap.AfterTrap(task);
        if (task.State == UprobeTaskState.Delivering)
        {
            SignalQueue.Continue(task);
            return;
        }

        Invariant.Require(task.ActiveSite != null, "a step without a site");
        Site site = task.ActiveSite;
        if (!task.Tracee.TryGetRegs(out UserRegs stepped))
        {
            return;
        }

        UserRegs regs = stepped;
        if (IsFinished(task, site, ref regs))
        {
            SlotRunner.Write(task, ref regs, in stepped);
            SignalQueue.Continue(task);
        }
        else
        {
            task.Tracee.SingleStep();
        }
    }

    /// <summary>uprobe_deny_signal: a signal is about to be delivered to a thread that the engine steps.</summary>
    public static void HandleSignal(UprobeTask task, int signal)
    {
        if (signal == (int)Signum.SIGSTOP)
        {
            task.Tracee.SingleStep(signal);
            return;
        }

        if (!task.Tracee.TryGetSigInfo(out SigInfo info))
        {
            return;
        }

        if (task.State != UprobeTaskState.Delivering && IsFault(info) && task.ActiveSite is { } site)
        {
            _ = SignalQueue.RestoreMask(task);
            DeliverFault(task, site, signal, info);
            return;
        }

        SignalQueue.Hold(task, task.ActiveSite, signal, info);
        task.Tracee.SingleStep();
    }

    /// <summary>A signal is about to be delivered to a thread that runs by itself, perhaps in a slot of ours.</summary>
    /// <returns>False when the thread is in no slot: nothing was done.</returns>
    public static bool TryHandleSignalInSlot(UprobeTask task, int signal)
    {
        if (task.Mm.Areas.IsEmpty || signal == (int)Signum.SIGSTOP || !task.Tracee.TryGetRegs(out UserRegs inTracee))
        {
            return false;
        }

        Site? site = task.Mm.Areas.FindSlotOwner(inTracee.rip);
        if (site == null || !task.Tracee.TryGetSigInfo(out SigInfo info))
        {
            return false;
        }

        if (IsFault(info))
        {
            DeliverFault(task, site, signal, info);
            return true;
        }

        UserRegs regs = inTracee;
        if (Position(task, site, ref regs) == SlotPosition.NotStarted)
        {
            SignalQueue.Hold(task, site, signal, info);
            LeaveSlot(task, site);
        }
        else
        {
            SlotRunner.Write(task, ref regs, in inTracee);
            task.Tracee.Cont(signal);
        }

        return true;
    }

    /// <summary>Takes a stopped thread out of a slot for good; the breakpoints are gone.</summary>
    public static void LeaveForGood(UprobeTask task)
    {
        _ = SignalQueue.RestoreMask(task);
        if (task.Mm.Areas.IsEmpty || !task.Tracee.TryGetRegs(out UserRegs inTracee))
        {
            return;
        }

        if (task.Mm.Areas.FindSlotOwner(inTracee.rip) is { } site)
        {
            UserRegs regs = inTracee;
            if (site.ExitSlotVaddr != 0 && regs.rip == site.ExitSlotVaddr + SyscallWatch.ExitSlotTrap)
            {
                // Behind a watched call; the kernel leaves the address behind the instruction in rcx, too.
                regs.rip = site.Vaddr + (ulong)site.Insn.Length;
                regs.rcx = regs.rip;
            }
            else
            {
                _ = Position(task, site, ref regs);
            }

            SlotRunner.Write(task, ref regs, in inTracee);
        }
    }

    private static bool IsFinished(UprobeTask task, Site site, ref UserRegs regs)
    {
        if (task.State == UprobeTaskState.SingleStep)
        {
            return StepSlot.AfterStep(
                site.Insn, site.Layout, site.Vaddr, site.SlotVaddr, in task.BeforeStep, ref regs, task.Mm.Memory) == StepResult.Finished;
        }

        return Position(task, site, ref regs) != SlotPosition.NotStarted;
    }

    private static SlotPosition Position(UprobeTask task, Site site, ref UserRegs regs)
    {
        if (site.ExitSlotVaddr != 0 && unchecked(regs.rip - site.ExitSlotVaddr) <= SyscallWatch.ExitSlotTrap)
        {
            // A watched call: it runs before any signal is looked at, so the thread is at the int3 behind it, or has not begun.
            bool done = regs.rip != site.ExitSlotVaddr;
            regs.rip = done ? regs.rip : site.Vaddr;
            return done ? SlotPosition.Outside : SlotPosition.Done;
        }

        return SlotIp.Map(site.Insn, site.Layout, site.Vaddr, site.SlotVaddr, faulted: false, ref regs, task.Mm.Memory);
    }

    private static void DeliverFault(UprobeTask task, Site site, int signal, SigInfo info)
    {
        if (!task.Tracee.TryGetRegs(out UserRegs inTracee))
        {
            return;
        }

        UserRegs regs = inTracee;
        _ = SlotIp.Map(site.Insn, site.Layout, site.Vaddr, site.SlotVaddr, faulted: true, ref regs, task.Mm.Memory);
        if (info.si_addr == inTracee.rip && signal is (int)Signum.SIGILL or (int)Signum.SIGFPE)
        {
            info.si_addr = regs.rip;
            _ = task.Tracee.TrySetSigInfo(in info);
        }

        SlotRunner.Write(task, ref regs, in inTracee);
        SignalQueue.Deliver(task, signal);
    }

    // The kernel raised it for the instruction, nobody sent it: si_code is positive for faults, 0 or negative for what processes send.
    private static bool IsFault(in SigInfo info) =>
        info.si_code > 0 && info.si_signo is (int)Signum.SIGSEGV or (int)Signum.SIGBUS or (int)Signum.SIGILL or (int)Signum.SIGFPE;
}
