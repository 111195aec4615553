using ManagedUprobe.Native;
using ManagedUprobe.ProcFs;
using ManagedUprobe.Uprobes;

namespace ManagedUprobe.Session;

/// <summary>Stops without a signal, the ends of threads, and letting them go (the kernel's uprobe_free_utask). Tracer thread.</summary>
internal sealed class LifecycleHandler
{
    private const ulong SigTrapBit = 1UL << (5 - 1);

    private readonly TaskRegistry _registry;
    private readonly BirthHandler _births;
    private readonly UprobesState _state;
    private readonly SignalForwarder _signals;

    public LifecycleHandler(TaskRegistry registry, BirthHandler births, UprobesState state, SignalForwarder signals)
    {
        _registry = registry;
        _births = births;
        _state = state;
        _signals = signals;
    }

    /// <summary>The first stop of a child of ours, or the end of a group-stop, or an interrupt: the thread is resumed.</summary>
    public void OnEventStop(UprobeTask task)
    {
        bool isFirst = !task.HasRun;
        task.HasRun = true;
        if (isFirst)
        {
            _births.UnblockTrap(task);
        }

        if (task.State != UprobeTaskState.Running)
        {
            // Interrupted before the step was made.
            task.Tracee.SingleStep();
        }
        else if (_state.IsLeaving)
        {
            Leave(task, isFirst);
        }
        else if (IsLetGo(task.Group))
        {
            LetGo(task);
        }
        else if (isFirst)
        {
            task.Tracee.Cont();
        }
        else
        {
            _signals.OnEventStop(task);
        }
    }

    // It stays traced until all are let go: a signal that is ignored is queued while a thread is traced, and must not come to one that is not.
    private void Leave(UprobeTask task, bool isFirst)
    {
        if (TryGoOnToTrap(task))
        {
            return;
        }

        if (isFirst && task.Tracee.Tid == task.Group.Pid)
        {
            LetGo(task);
            return;
        }

        HijackedStack.Restore(task);
        SingleStepHandler.LeaveForGood(task);
        TrapMask.GiveBack(task);
        task.IsSettled = true;
        if (isFirst)
        {
            task.Tracee.Cont();
        }
        else
        {
            _signals.OnEventStop(task);
        }
    }

    /// <summary>Lets a thread go in an event stop. If that took it out of a system call, the call goes on with the time that it has left.</summary>
    /// <returns>False when it was resumed instead: it should be followed to the end of its call.</returns>
    public bool TryLetGoInCall(UprobeTask task)
    {
        bool letGo = _signals.TryBeforeLetGo(task);
        if (letGo)
        {
            LetGo(task);
        }

        return letGo;
    }

    /// <summary>
    /// Resumes a thread that must not be left yet: an interrupt, and a group-stop, are reported before the SIGTRAP of an int3 that was hit before, and between
    /// the return to the trampoline and its int3.
    /// </summary>
    public bool TryGoOnToTrap(UprobeTask task)
    {
        bool goesOn = _state.IsLeaving && IsOnItsWay(task);
        if (goesOn)
        {
            task.Tracee.Cont();
        }

        return goesOn;
    }

    /// <summary>Whether a stopped thread has a trap of ours ahead of it.</summary>
    public static bool IsOnItsWay(UprobeTask task)
    {
        if (!task.Tracee.TryGetRegs(out UserRegs regs))
        {
            return false;
        }

        ulong vaddr = unchecked(regs.rip - 1);
        bool trapped = (task.Mm.Sites.Find(vaddr) != null || task.Mm.IsOurs(vaddr))
            && (ProcFile.Status(task.Tracee.Tid).Pending & SigTrapBit) != 0;
        return trapped || (regs.rip == task.Mm.Areas.TrampolineVaddr && !task.Mm.Areas.IsEmpty);
    }

    /// <summary>A thread ended.</summary>
    public void OnEnd(UprobeTask task)
    {
        task.Tracee.Gone();
        _registry.Remove(task);
        if (task.Group.Tasks.Count == 0)
        {
            _births.OnProcessEnd(task);
        }
    }

    /// <summary>Lets a stopped thread go. Its process has no breakpoints of ours, or shares none.</summary>
    public void LetGo(UprobeTask task)
    {
        if (_state.IsLeaving)
        {
            HijackedStack.Restore(task);
            SingleStepHandler.LeaveForGood(task);
        }

        TrapMask.GiveBack(task);
        task.Tracee.Detach();
        _registry.Remove(task);
    }

    // A child that was forked with --no-follow has been cleaned and leaves at its first stop; one that shares memory stays until it executes or exits.
    private static bool IsLetGo(ThreadGroup group) => !group.IsFollowed && !group.Mm.IsFollowed;
}
