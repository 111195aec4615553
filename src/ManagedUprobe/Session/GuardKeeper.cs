using System;
using System.Collections.Generic;
using ManagedUprobe.ProcFs;
using ManagedUprobe.Uprobes;
using ManagedUprobe.Uprobes.Survival;

namespace ManagedUprobe.Session;

/// <summary>Has every target guarded against our death before its first byte is changed, and the guard taken out when we leave. Tracer thread.</summary>
internal sealed class GuardKeeper
{
    private const ulong SigTrapBit = 1UL << (5 - 1);

    private readonly UprobesState _state;
    private readonly MmapHooks _hooks;
    private readonly GuardInstaller _installer;
    private readonly ThreadBorrower _borrower;

    public GuardKeeper(UprobesState state, MmapHooks hooks, GuardInstaller installer, ThreadBorrower borrower)
    {
        _state = state;
        _hooks = hooks;
        _installer = installer;
        _borrower = borrower;
    }

    /// <summary>Guards a process that runs.</summary>
    public void Guard(ThreadGroup group)
    {
        if (group.Tasks.Count == 0)
        {
            return;
        }

        ulong near = _hooks.FindProbedText(group.Tasks[0].Tracee.Tid);
        if (!_borrower.TryBorrow(group, task => _installer.Install(task, near, deferred: null)))
        {
            _state.Log($"process {group.Pid}: it would not survive the death of its tracer");
        }
    }

    /// <summary>Unblocks SIGTRAP for the threads that have it blocked now, and whose calls a stop does not end: they hit before long, and we may be killed at that instant.</summary>
    public void UnblockTraps(ThreadGroup group)
    {
        foreach (UprobeTask task in new List<UprobeTask>(group.Tasks))
        {
            if ((ProcFile.Status(task.Tracee.Tid).Blocked & SigTrapBit) != 0)
            {
                _ = _borrower.TryBorrowOnce(task, stopped =>
                {
                    TrapMask.HideBlocked(stopped);
                    return new GuardOutcome(Done: true, HasRun: false, Interruption: null);
                });
            }
        }
    }

    /// <summary>Guards a process that stands behind exec, and stays there.</summary>
    public void GuardExecuted(UprobeTask task)
    {
        ulong near = _hooks.FindProbedText(task.Tracee.Tid);
        if (!_borrower.TryUseExecuted(task, executed => _installer.Install(executed, near, executed.Deferred)))
        {
            _state.Log($"process {task.Group.Pid}: it would not survive the death of its tracer");
        }
    }

    /// <summary>Takes the guard out of a process whose bytes are all back.</summary>
    /// <param name="task">Its thread that does it, and is let go.</param>
    /// <param name="isOnItsWay">Whether a stopped thread is still on its way to us with a trap.</param>
    /// <param name="isLast">Whether its memory is its own, and none of its other threads can be in our areas.</param>
    public void Unguard(UprobeTask task, Func<UprobeTask, bool> isOnItsWay, Func<bool> isLast) =>
        _ = _borrower.TryBorrow(task, stopped => !isOnItsWay(stopped), stopped =>
        {
            HijackedStack.Restore(stopped);
            stopped.ReturnInstances.Clear();
            SingleStepHandler.LeaveForGood(stopped);
            TrapMask.GiveBack(stopped);
            return _installer.Remove(stopped, isLast, deferred: null);
        });
}
