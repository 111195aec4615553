using System;
using System.Collections.Generic;
using ManagedUprobe.Arch;
using ManagedUprobe.Arch.X64;
using ManagedUprobe.Native;
using ManagedUprobe.ProcFs;
using ManagedUprobe.Ptrace;
using ManagedUprobe.Uprobes;
using ManagedUprobe.Uprobes.Survival;

namespace ManagedUprobe.Session;

/// <summary>Makes a process that a dead tracer has left probed what it was. Tracer thread; its threads are seized.</summary>
/// <remarks>
/// In a nutshell: bytes go back while threads run, but for those that keep the program from giving the kernel another handler for SIGTRAP, or from blocking it; then all threads are stopped, so that their stacks and program counters can be put right, and one of them gives the program its SIGTRAP
/// action back and unmaps what is left of the tracer.
/// </remarks>
internal sealed class Repairer
{
    private const int MaxAttempts = 200;
    private const ulong SigTrapBit = 1UL << (5 - 1);

    private readonly GuardInstaller _installer;
    private readonly ThreadBorrower _borrower;
    private readonly Dictionary<UprobeTask, WaitStatus> _stopped = [];
    private Dictionary<int, ulong> _masks = [];
    private ulong _frameVaddr;

    public Repairer(GuardInstaller installer, ThreadBorrower borrower)
    {
        _installer = installer;
        _borrower = borrower;
    }

    /// <summary>Repairs a process.</summary>
    public RepairReport Repair(ThreadGroup group)
    {
        AddressSpace mm = group.Mm;
        List<VmArea> maps = mm.ReadAreas(out int tid);
        LeftGuard? guard = null;
        LeftBreakpoints text = new(mm.Memory, tid);
        int bytes = 0;
        _borrower.WhileHeld([mm], () =>
        {
            guard = LeftGuard.Find(mm.Memory, mm.Mode, maps);
            bytes = RestoreBytes(mm, text.Find(maps, guard), guard);
            _frameVaddr = TextSlack.FindLeft(mm.Memory, maps);
        });
        if (guard == null && _frameVaddr == 0)
        {
            return new RepairReport(bytes, 0, HasActionBack: false, IsUnmapped: false, Left: null);
        }

        if (guard != null)
        {
            _masks = LeftGuard.ReadMasks(mm.Memory, guard.Vaddr);
            RefCounter.Repair(mm.Memory, maps, guard);
            TakeOver(group, guard, maps, text);
        }

        bool allStand = TryStopAll(group);
        RestoreLast(group);
        int returns = allStand && guard != null ? RestoreReturns(mm, guard) : 0;
        if (allStand && guard != null)
        {
            mm.Areas.TakeOver(LeftGuard.FindAreas(mm.Memory, mm.ReadAreas(out _)));
        }

        bool hadOurAction = guard != null && (ProcFile.Status(tid).Caught & SigTrapBit) != 0;
        if (allStand && _frameVaddr != 0)
        {
            TextSlack.Clear(mm.Memory, _frameVaddr);
        }

        if (allStand && guard != null)
        {
            Remove(group);
        }

        foreach ((UprobeTask task, WaitStatus status) in _stopped)
        {
            _borrower.GoOn(task, status, hasRun: false);
        }

        string? left = !allStand ? "its threads cannot be stopped"
            : group.IsGuarded ? "its action for SIGTRAP cannot be set"
            : mm.Guard != null ? "memory of the tracer is still mapped: it may be in use" : null;
        return new RepairReport(bytes, returns, hadOurAction && !group.IsGuarded, guard != null && mm.Guard == null, left);
    }

    private static int RestoreBytes(AddressSpace mm, List<(ulong Vaddr, ArchUprobe Insn)> breakpoints, LeftGuard? guard)
    {
        int restored = 0;
        foreach ((ulong vaddr, ArchUprobe insn) in breakpoints)
        {
            bool isLast = guard != null && SyscallWatch.SetsActionsOrMasks(mm.Memory, vaddr, insn);
            ReadOnlySpan<byte> first = insn.Bytes.IsEmpty ? default : insn.Bytes[..1];
            restored += isLast || (!first.IsEmpty && mm.Memory.TryWrite(vaddr, first)) ? 1 : 0;
        }

        return restored;
    }

    // No trap of ours is under way any more: the program may call the kernel for its action. What it has set until now we have been told, or its memory has.
    private static void RestoreLast(ThreadGroup group)
    {
        AddressSpace mm = group.Mm;
        foreach (Site site in mm.Sites.All)
        {
            if (site.Armed)
            {
                BreakpointInstaller.Remove(mm, site);
            }
        }

        if (mm.Guard is { } guard && guard.TryGetAction(out TrapAction action))
        {
            group.TrapAction = action;
        }
    }

    // Bytes are back, so no site is armed but those that go back last; threads that are on their way to them with a trap, or in their slots, are led back by what is known of them here.
    private static void TakeOver(ThreadGroup group, LeftGuard guard, List<VmArea> maps, LeftBreakpoints text)
    {
        AddressSpace mm = group.Mm;
        mm.TakeOver(new TargetGuard(guard.Vaddr, mm.Memory), guard.Areas);
        group.TrapAction = guard.Action;
        group.IsGuarded = true;
        Span<byte> code = stackalloc byte[BoostedSlot.MaxLength];
        foreach ((ulong vaddr, ArchUprobe insn) in text.ReadInsns(maps, guard.Slots.Keys))
        {
            var site = new Site(vaddr, insn) { SlotVaddr = guard.Slots[vaddr] };
            if (site.SlotVaddr != 0 && mm.IsOurs(site.SlotVaddr)
                && BoostedSlot.TryBuild(insn, vaddr, site.SlotVaddr, code, out SlotLayout layout, out _))
            {
                site.Layout = layout;
            }
            else
            {
                site.SlotVaddr = 0;
            }

            bool isLast = BreakpointInstaller.IsArmed(mm, site);
            (site.Armed, site.WatchesSyscall, site.WatchesSigaction) = (isLast, isLast, isLast);
            mm.TakeOver(site);
        }

        var nobody = new UprobeNode(default, 0, SyscallWatch.Insn);
        foreach ((ulong stackVaddr, ulong returnVaddr) in guard.Returns)
        {
            mm.Returns.Left.AddParked().Set(nobody, 0, stackVaddr, returnVaddr, chained: false, atSites: false);
        }
    }

    // A thread inside of what the tracer has left there, but in no slot, is on its way out of it.
    private bool TryStopAll(ThreadGroup group)
    {
        // Threads may be born meanwhile.
        List<UprobeTask> others;
        do
        {
            others = [.. group.Tasks];
            _ = others.RemoveAll(task => _stopped.ContainsKey(task) || IsAsleepForGood(task));
            foreach (UprobeTask task in others)
            {
                bool stands = false;
                for (int attempt = 0; attempt < MaxAttempts && !stands && IsRunning(task); attempt++)
                {
                    stands = IsAsleepForGood(task) || TryStop(task);
                }

                if (!stands && IsRunning(task))
                {
                    return false;
                }

                AwaitEnd(task);
            }
        }
        while (others.Count > 0);
        return true;
    }

    // Killed while it stood: every request has failed since, and nothing but its end follows.
    private void AwaitEnd(UprobeTask task)
    {
        while (task.Tracee.State == TraceeState.Stopped && !_stopped.ContainsKey(task) && _borrower.TryWaitFor(task, out WaitStatus status))
        {
            _borrower.Handle(task, status);
        }
    }

    private static bool IsRunning(UprobeTask task) => task.Tracee.State is TraceeState.Running or TraceeState.Listening;

    private bool TryStop(UprobeTask task)
    {
        if (!task.Tracee.Interrupt() || !_borrower.TryWaitFor(task, out WaitStatus status))
        {
            return false;
        }

        bool isPlace = ThreadBorrower.IsPlace(task, status);
        if (isPlace && _masks.Remove(task.Tracee.Tid, out ulong mask))
        {
            TrapMask.Repair(task, mask);
        }

        if (!isPlace || LifecycleHandler.IsOnItsWay(task) || !IsOutside(task) || MayReturnThroughArea(task))
        {
            _borrower.Handle(task, status);
            return false;
        }

        task.Tracee.Stopped();
        _stopped.Add(task, status);
        return true;
    }

    // In the program's own handler for SIGTRAP, which was called from ours.
    private static bool MayReturnThroughArea(UprobeTask task) =>
        task.Group.TrapAction.HasHandler && task.Tracee.TryGetSigMask(out ulong mask) && (mask & SigTrapBit) != 0;

    private bool IsOutside(UprobeTask task) =>
        task.Tracee.TryGetRegs(out UserRegs regs)
        && unchecked(regs.rip - _frameVaddr) >= SyscallFrame.Size
        && (!task.Mm.IsOurs(regs.rip) || task.Mm.Areas.FindSlotOwner(regs.rip) != null);

    // A parent in vfork, or a thread in a call that nothing interrupts.
    private static bool IsAsleepForGood(UprobeTask task) =>
        ProcStat.Of(task.Tracee.Tid).State == 'D'
        && BlockedCall.TryParseIp(ProcFile.Read(task.Tracee.Tid, "syscall"), out ulong rip) && !task.Mm.IsOurs(rip);

    private int RestoreReturns(AddressSpace mm, LeftGuard guard)
    {
        foreach (UprobeTask task in _stopped.Keys)
        {
            SingleStepHandler.LeaveForGood(task);
        }

        foreach (UprobeTask task in mm.Tasks)
        {
            HijackedStack.Restore(task);
            break;
        }

        mm.Returns.Left.Clear();
        return guard.Returns.Count;
    }

    private void Remove(ThreadGroup group)
    {
        foreach ((UprobeTask task, WaitStatus _) in new Dictionary<UprobeTask, WaitStatus>(_stopped))
        {
            if (ThreadBorrower.StandsInEndedCall(task) && _stopped.Count > 1)
            {
                continue;
            }

            GuardOutcome outcome = _installer.Remove(task, () => Leaver.IsOnlyUser(group), deferred: null);
            WaitStatus status = _stopped[task];
            _ = _stopped.Remove(task);
            if (outcome.Interruption is { } interruption)
            {
                _borrower.Handle(task, interruption);
            }
            else
            {
                _borrower.GoOn(task, status, outcome.HasRun);
            }

            if (outcome.Done)
            {
                return;
            }
        }
    }
}
