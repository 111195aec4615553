using ManagedUprobe.Ptrace;
using ManagedUprobe.Uprobes;

namespace ManagedUprobe.Session;

/// <summary>Takes processes and threads under the engine's care and out of it: table, memory, watcher, signals and waits know the same ones. Tracer thread.</summary>
internal sealed class TaskRegistry(TaskTable tasks, UprobesState state, SignalForwarder signals, WaitQueue waits)
{
    /// <summary>A process that was seized or started comes under the engine's care; its memory is open.</summary>
    public ThreadGroup AddProcess(int pid, AddressSpace mm)
    {
        if (!state.AddressSpaces.Contains(mm))
        {
            mm.Watcher = state.Watcher;
            state.AddressSpaces.Add(mm);
            if (mm.Memory.NeedsStop)
            {
                state.Log($"process {pid}: /proc/{pid}/mem cannot be written: its memory is changed by ptrace, while a thread is stopped");
            }
        }

        state.Watcher?.AddTarget(pid);
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
        tasks.Add(task);
        if (!alreadyRan)
        {
            signals.Add(task);
        }

        waits.Add(tid);
        return task;
    }

    /// <summary>A thread ended, or was let go.</summary>
    public void Remove(UprobeTask task)
    {
        ThreadGroup group = task.Group;
        signals.Remove(task);
        waits.Remove(task.Tracee.Tid);
        if (!tasks.Remove(task))
        {
            return;
        }

        state.Watcher?.RemoveTarget(group.Pid);
        if (group.Leave())
        {
            Release(group.Mm);
        }
    }

    /// <summary>A process has executed a program: it has other memory from now on.</summary>
    public void Replace(ThreadGroup group, AddressSpace mm)
    {
        mm.Watcher = state.Watcher;
        if (group.Exec(mm, out AddressSpace old))
        {
            Release(old);
        }

        state.AddressSpaces.Add(mm);
    }

    private void Release(AddressSpace mm)
    {
        _ = state.AddressSpaces.Remove(mm);
        mm.Dispose();
    }
}
