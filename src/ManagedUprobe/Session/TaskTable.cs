using System;
using System.Collections.Generic;
using ManagedUprobe.Uprobes;

namespace ManagedUprobe.Session;

/// <summary>All traced threads and processes of a session. Tracer thread.</summary>
internal sealed class TaskTable
{
    private readonly Dictionary<int, UprobeTask> _tasks = [];
    private readonly Dictionary<int, ThreadGroup> _groups = [];

    /// <summary>Told of each thread that ended, or was let go.</summary>
    public Action<int>? Removed { get; set; }

    /// <summary>Told of each thread that a thread of ours has started, before it runs: the parent, the child.</summary>
    public Action<int, int>? Born { get; set; }

    /// <summary>Live threads.</summary>
    public Dictionary<int, UprobeTask>.ValueCollection Tasks => _tasks.Values;

    /// <summary>Live processes.</summary>
    public Dictionary<int, ThreadGroup>.ValueCollection Groups => _groups.Values;

    /// <summary>Number of live threads.</summary>
    public int Count => _tasks.Count;

    /// <summary>The thread with an id, null when it is not ours.</summary>
    public UprobeTask? Find(int tid) => _tasks.GetValueOrDefault(tid);

    /// <summary>The process with an id, null when it is not ours.</summary>
    public ThreadGroup? FindGroup(int pid) => _groups.GetValueOrDefault(pid);

    /// <summary>A thread was seized, or born traced.</summary>
    public void Add(UprobeTask task)
    {
        _tasks.Add(task.Tracee.Tid, task);
        task.Group.Add(task);
        _groups[task.Group.Pid] = task.Group;
    }

    /// <summary>A thread ended, or was let go. True when it was the last of its process.</summary>
    public bool Remove(UprobeTask task)
    {
        _ = _tasks.Remove(task.Tracee.Tid);
        task.Group.Remove(task);
        task.Close();
        Removed?.Invoke(task.Tracee.Tid);
        return task.Group.Tasks.Count == 0 && _groups.Remove(task.Group.Pid);
    }

    /// <summary>exec gave a thread the id of its leader, whose own record is dropped.</summary>
    public void TakeTid(UprobeTask task, int tid)
    {
        if (_tasks.Remove(tid, out UprobeTask? leader))
        {
            leader.Group.Remove(leader);
            leader.Tracee.Gone();
            leader.Close();
        }

        _ = _tasks.Remove(task.Tracee.Tid);
        task.Tracee.TakeTid(tid);
        _tasks.Add(tid, task);
    }
}
