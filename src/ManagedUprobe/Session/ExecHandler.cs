using System;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;
using ManagedUprobe.Ptrace;
using ManagedUprobe.Uprobes;

namespace ManagedUprobe.Session;

/// <summary>A traced process executes another program: its old memory is forgotten, the new one probed before its first instruction. Tracer thread.</summary>
/// <param name="tasks">Threads of the session.</param>
/// <param name="registry">Knows the memory of each process.</param>
/// <param name="state">The engine.</param>
/// <param name="hooks">Places probes in the new memory.</param>
/// <param name="signals">Follows calls of threads.</param>
/// <param name="guards">Makes the new memory outlive us.</param>
/// <param name="waits">Waits for threads.</param>
/// <param name="letGo">Lets a stopped thread go.</param>
internal sealed class ExecHandler(
    TaskTable tasks, TaskRegistry registry, UprobesState state, MmapHooks hooks, SignalForwarder signals, GuardKeeper guards, WaitQueue waits, Action<UprobeTask> letGo)
{
    /// <summary>The stop behind the execution: the thread is resumed with the program's probes in place, or let go.</summary>
    public void OnExec(int tid)
    {
        if (FindExecuting(tid) is not { } task)
        {
            return;
        }

        task.Tracee.Stopped();
        TrapMask.GiveBack(task);
        task.Exec();
        if (!task.Group.IsFollowed || state.IsLeaving || !TryReplaceMemory(task))
        {
            letGo(task);
            return;
        }

        signals.Add(task);
        guards.GuardExecuted(task);
        hooks.UprobeMmap(task.Mm, default);
        SignalQueue.Continue(task);
    }

    // exec by a thread that is not the leader: it takes the leader's id, all others are gone.
    private UprobeTask? FindExecuting(int tid)
    {
        UprobeTask? leader = tasks.Find(tid);
        if (leader == null)
        {
            return null;
        }

        signals.Remove(leader);
        int former = Libc.PtraceGetEventMessage(tid, out ulong message) == 0 ? (int)message : tid;
        if (former == tid || tasks.Find(former) is not { } executing)
        {
            return leader;
        }

        signals.Remove(executing);
        waits.Remove(former);
        tasks.TakeTid(executing, tid);
        return executing;
    }

    private bool TryReplaceMemory(UprobeTask task)
    {
        try
        {
            registry.Replace(task.Group, new AddressSpace(TraceeMemory.OpenTraced(task.Tracee.Tid)) { Mode = CodeFile.ModeOf(task.Tracee.Tid) });
            return true;
        }
        catch (UprobeException error)
        {
            state.Log($"process {task.Group.Pid}: not followed into the program that it executes: {error.Message}");
            return false;
        }
    }
}
