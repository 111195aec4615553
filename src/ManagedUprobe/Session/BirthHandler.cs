using System;
using System.Collections.Generic;
using ManagedUprobe.Native;
using ManagedUprobe.ProcFs;
using ManagedUprobe.Ptrace;
using ManagedUprobe.Uprobes;

namespace ManagedUprobe.Session;

/// <summary>fork, vfork and clone of traced threads (the kernel's uprobe_copy_process and uprobe_dup_mmap). Tracer thread.</summary>
/// <remarks>Either of the two may come first: the parent's report, or the child's first stop.</remarks>
internal sealed class BirthHandler
{
    private readonly TaskTable _tasks;
    private readonly TaskRegistry _registry;
    private readonly UprobesState _state;
    private readonly Action<UprobeTask> _onEventStop;
    private readonly bool _follow;

    // Children that have stopped, and whose parent has not reported them yet.
    private readonly HashSet<int> _orphans = [];

    /// <summary>Creates the handler.</summary>
    /// <param name="tasks">Threads of the session.</param>
    /// <param name="registry">Where children are entered.</param>
    /// <param name="state">The engine.</param>
    /// <param name="follow">Whether children of targets are targets.</param>
    /// <param name="onEventStop">Handles the first stop of a child that had come before its parent's report.</param>
    public BirthHandler(TaskTable tasks, TaskRegistry registry, UprobesState state, bool follow, Action<UprobeTask> onEventStop)
    {
        _tasks = tasks;
        _registry = registry;
        _state = state;
        _follow = follow;
        _onEventStop = onEventStop;
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

            _ = _orphans.Add(tid);
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

    /// <summary>A process has ended. A parent that is killed before its event stop never reports its child, which would wait for ever.</summary>
    public void OnProcessEnd(UprobeTask last)
    {
        // As long as a thread of the parent's process lives, the report may still come.
        foreach (int tid in new List<int>(_orphans))
        {
            ProcStatus status = ProcFile.Status(tid);
            if (_tasks.FindGroup(status.ParentPid) == null && _tasks.FindGroup(status.ThreadGroup) == null)
            {
                Adopt(last, tid, PtraceEventCode.PTRACE_EVENT_FORK);
            }
        }
    }

    /// <summary>Unblocks SIGTRAP in a parent, and in a child at its first stop: libc gives birth with all signals blocked.</summary>
    public void UnblockTrap(UprobeTask task)
    {
        if (task.Mm.WatchesMasks && !_state.IsLeaving)
        {
            TrapMask.HideBlocked(task);
        }
    }

    private void Adopt(UprobeTask parent, int tid, PtraceEventCode how)
    {
        bool early = _orphans.Remove(tid);
        if (_tasks.Find(tid) != null)
        {
            return;
        }

        UprobeTask? child = NewTask.IsThreadOf(parent.Group, tid, how)
            ? _registry.AddTask(tid, parent.Group, TraceeState.Running, alreadyRan: false)
            : AdoptProcess(parent, tid, how);
        if (child != null)
        {
            TrapMask.Inherit(child, parent);
            _tasks.Born?.Invoke(parent.Tracee.Tid, tid);
        }

        if (child != null && early)
        {
            child.Tracee.Stopped();
            _onEventStop(child);
        }
    }

    private UprobeTask? AdoptProcess(UprobeTask parent, int pid, PtraceEventCode how)
    {
        AddressSpace? mm = NewTask.SharesMemory(parent, pid, how) ? parent.Mm : ForkedMemory.TryFork(_state, parent, pid, _follow && !_state.IsLeaving);
        if (mm == null)
        {
            return null;
        }

        ThreadGroup group = _registry.AddProcess(pid, mm);
        group.IsFollowed = parent.Group.IsFollowed && _follow;
        group.TrapAction = parent.Group.TrapAction;
        group.IsGuarded = parent.Group.IsGuarded;
        UprobeTask child = _registry.AddTask(pid, group, TraceeState.Running, alreadyRan: false);
        child.ReturnInstances.CopyFrom(parent.ReturnInstances);
        if (mm != parent.Mm && !group.IsFollowed)
        {
            ForkedMemory.Clean(child);
        }

        return child;
    }
}
