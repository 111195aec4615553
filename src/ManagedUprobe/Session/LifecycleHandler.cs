using System.Collections.Generic;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;
using ManagedUprobe.ProcFs;
using ManagedUprobe.Ptrace;
using ManagedUprobe.Uprobes;

namespace ManagedUprobe.Session;

/// <summary>Births, executions and deaths of tasks (the kernel's uprobe_copy_process, uprobe_dup_mmap, uprobe_free_utask). Tracer thread.</summary>
internal sealed class LifecycleHandler
{
    private const ulong SigTrapBit = 1UL << (5 - 1);

    private readonly TaskTable _tasks;
    private readonly UprobesState _state;
    private readonly MmapHooks _hooks;
    private readonly SignalForwarder _signals;
    private readonly GuardKeeper _guards;
    private readonly WaitQueue _waits;
    private readonly bool _follow;

    // Stops of children whose parent has not reported them yet: either may come first.
    private readonly Dictionary<int, WaitStatus> _orphans = [];

    public LifecycleHandler(TaskTable tasks, UprobesState state, MmapHooks hooks, SignalForwarder signals, GuardKeeper guards, WaitQueue waits, bool follow)
    {
        _guards = guards;
        _signals = signals;
        _tasks = tasks;
        _state = state;
        _hooks = hooks;
        _waits = waits;
        _follow = follow;
    }

    /// <summary>Whether the session is leaving: whatever is born now is let go at once.</summary>
    public bool IsLeaving { get; set; }

    /// <summary>A process that was seized or started comes under the engine's care; its memory is open.</summary>
    public ThreadGroup AddProcess(int pid, AddressSpace mm)
    {
        if (!_state.AddressSpaces.Contains(mm))
        {
            mm.Watcher = _state.Watcher;
            _state.AddressSpaces.Add(mm);
            if (mm.Memory.NeedsStop)
            {
                _state.Log($"process {pid}: /proc/{pid}/mem cannot be written: its memory is changed by ptrace, while a thread is stopped");
            }
        }

        _state.Watcher?.AddTarget(pid);
        return new ThreadGroup(pid, mm);
    }

    /// <summary>A thread was seized, or born traced.</summary>
    /// <param name="tid">Its id.</param>
    /// <param name="group">Its process.</param>
    /// <param name="state">Whether it stands in a stop that was waited for.</param>
    /// <param name="alreadyRan">Whether it lived before it was traced: it may be in a wait that began long ago.</param>
    public UprobeTask AddTask(int tid, ThreadGroup group, TraceeState state, bool alreadyRan)
    {
        var task = new UprobeTask(new Tracee(tid, state), group) { HasRun = alreadyRan || state == TraceeState.Stopped };
        _tasks.Add(task);
        if (!alreadyRan)
        {
            _signals.Add(task);
        }

        _waits.Add(tid);
        return task;
    }

    /// <summary>A status of a thread that nobody has told about yet.</summary>
    public void OnUnknown(int tid, WaitStatus status)
    {
        if (status.IsEnd)
        {
            _ = _orphans.Remove(tid);
        }
        else
        {
            if (status.Kind is WaitStatusKind.SignalStop or WaitStatusKind.SyscallStop)
            {
                WaitQueue.Take(tid);
            }

            _orphans[tid] = status;
        }
    }

    /// <summary>A thread stopped behind fork, vfork or clone; it is resumed.</summary>
    public void OnBirth(UprobeTask parent, PtraceEventCode how)
    {
        UnblockTrap(parent);
        if (parent.Tracee.TryGetEventMessage(out ulong message))
        {
            Adopt(parent, (int)message, how);
        }

        parent.Tracee.Cont();
    }

    /// <summary>The first stop of a child of ours, or the end of a group-stop, or an interrupt: the thread is resumed.</summary>
    public void OnEventStop(UprobeTask task)
    {
        bool isFirst = !task.HasRun;
        task.HasRun = true;
        if (isFirst)
        {
            UnblockTrap(task);
        }

        if (task.State != UprobeTaskState.Running)
        {
            // Interrupted before the step was made.
            task.Tracee.SingleStep();
        }
        else if (IsLeaving)
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

    // libc gives birth with all signals blocked.
    private void UnblockTrap(UprobeTask task)
    {
        if (task.Mm.WatchesMasks && !IsLeaving)
        {
            TrapMask.HideBlocked(task);
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
        bool goesOn = IsLeaving && IsOnItsWay(task);
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

    /// <summary>A process has executed a program; it is resumed with the program's probes in place.</summary>
    public void OnExec(int tid)
    {
        UprobeTask? task = _tasks.Find(tid);
        ulong formerTid = (ulong)tid;
        if (task != null && Libc.PtraceGetEventMessage(tid, out ulong message) == 0)
        {
            formerTid = message;
        }

        if (task != null)
        {
            _signals.Remove(task);
        }

        // exec by a thread that is not the leader: it takes the leader's id, all others are gone.
        if ((int)formerTid != tid && _tasks.Find((int)formerTid) is { } executing)
        {
            _signals.Remove(executing);
            _waits.Remove((int)formerTid);
            _tasks.TakeTid(executing, tid);
            task = executing;
        }

        if (task == null)
        {
            return;
        }

        task.Tracee.Stopped();
        TrapMask.GiveBack(task);
        task.Exec();
        if (!task.Group.IsFollowed || IsLeaving || !TryReplaceMemory(task))
        {
            LetGo(task);
            return;
        }

        _signals.Add(task);
        _guards.GuardExecuted(task);
        _hooks.UprobeMmap(task.Mm, default);
        SignalQueue.Continue(task);
    }

    /// <summary>A thread ended.</summary>
    public void OnEnd(UprobeTask task)
    {
        task.Tracee.Gone();
        Forget(task);
        if (_orphans.Count > 0 && task.Group.Tasks.Count == 0)
        {
            ResolveOrphans(task);
        }
    }

    /// <summary>Lets a stopped thread go. Its process has no breakpoints of ours, or shares none.</summary>
    public void LetGo(UprobeTask task)
    {
        if (IsLeaving)
        {
            HijackedStack.Restore(task);
            SingleStepHandler.LeaveForGood(task);
        }

        TrapMask.GiveBack(task);
        task.Tracee.Detach();
        Forget(task);
    }

    private void Forget(UprobeTask task)
    {
        ThreadGroup group = task.Group;
        _signals.Remove(task);
        _waits.Remove(task.Tracee.Tid);
        if (!_tasks.Remove(task))
        {
            return;
        }

        _state.Watcher?.RemoveTarget(group.Pid);
        if (group.Leave())
        {
            Release(group.Mm);
        }
    }

    private void Release(AddressSpace mm)
    {
        _ = _state.AddressSpaces.Remove(mm);
        mm.Dispose();
    }

    // A child that was forked with --no-follow has been cleaned and leaves at its first stop; one that shares memory stays until it executes or exits.
    private static bool IsLetGo(ThreadGroup group) => !group.IsFollowed && !group.Mm.IsFollowed;

    private void Adopt(UprobeTask parent, int tid, PtraceEventCode how)
    {
        bool early = _orphans.Remove(tid);
        if (_tasks.Find(tid) != null)
        {
            return;
        }

        UprobeTask? child = NewTask.IsThreadOf(parent.Group, tid, how)
            ? AddTask(tid, parent.Group, TraceeState.Running, alreadyRan: false)
            : AdoptProcess(parent, tid, how);
        if (child != null)
        {
            TrapMask.Inherit(child, parent);
            _tasks.Born?.Invoke(parent.Tracee.Tid, tid);
        }

        if (child != null && early)
        {
            child.Tracee.Stopped();
            OnEventStop(child);
        }
    }

    private UprobeTask? AdoptProcess(UprobeTask parent, int pid, PtraceEventCode how)
    {
        AddressSpace? mm = NewTask.SharesMemory(parent, pid, how) ? parent.Mm : ForkedMemory.TryFork(_state, parent, pid, _follow && !IsLeaving);
        if (mm == null)
        {
            return null;
        }

        ThreadGroup group = AddProcess(pid, mm);
        group.IsFollowed = parent.Group.IsFollowed && _follow;
        group.TrapAction = parent.Group.TrapAction;
        group.IsGuarded = parent.Group.IsGuarded;
        UprobeTask child = AddTask(pid, group, TraceeState.Running, alreadyRan: false);
        child.ReturnInstances.CopyFrom(parent.ReturnInstances);
        if (mm != parent.Mm && !group.IsFollowed)
        {
            ForkedMemory.Clean(child);
        }

        return child;
    }

    private bool TryReplaceMemory(UprobeTask task)
    {
        try
        {
            var mm = new AddressSpace(TraceeMemory.OpenTraced(task.Tracee.Tid)) { Watcher = _state.Watcher, Mode = CodeFile.ModeOf(task.Tracee.Tid) };
            if (task.Group.Exec(mm, out AddressSpace old))
            {
                Release(old);
            }

            _state.AddressSpaces.Add(mm);
            return true;
        }
        catch (UprobeException error)
        {
            _state.Log($"process {task.Group.Pid}: not followed into the program that it executes: {error.Message}");
            return false;
        }
    }

    // A parent that is killed before its event stop never reports its child, which would wait for ever. As long as a thread of the parent's process lives,
    // the report may still come.
    private void ResolveOrphans(UprobeTask dead)
    {
        foreach (int tid in new List<int>(_orphans.Keys))
        {
            ProcStatus status = ProcFile.Status(tid);
            if (_tasks.FindGroup(status.ParentPid) == null && _tasks.FindGroup(status.ThreadGroup) == null)
            {
                Adopt(dead, tid, PtraceEventCode.PTRACE_EVENT_FORK);
            }
        }
    }
}
