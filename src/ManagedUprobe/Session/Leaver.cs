using System.Collections.Generic;
using ManagedUprobe.ProcFs;
using ManagedUprobe.Ptrace;
using ManagedUprobe.Uprobes;

namespace ManagedUprobe.Session;

/// <summary>Leaves all targets as if they had never been touched. Tracer thread.</summary>
/// <remarks>
/// In a nutshell: bytes and return addresses go back while threads run; then every thread that may still be on its way to us with a trap is waited for; the rest
/// is let go by the end of the tracer thread, which stops nobody. A thread that sleeps in a system call is not on its way: it executed no int3
/// before its call, or it would be in a stop, and none after the bytes were restored. So only threads that run are interrupted.
/// </remarks>
internal sealed class Leaver
{
    private readonly TaskTable _tasks;
    private readonly UprobesState _state;
    private readonly LifecycleHandler _lifecycle;
    private readonly StopDispatcher _dispatcher;
    private readonly WaitQueue _waits;
    private readonly HashSet<UprobeTask> _unsettled = [];

    public Leaver(TaskTable tasks, UprobesState state, LifecycleHandler lifecycle, StopDispatcher dispatcher, WaitQueue waits)
    {
        _tasks = tasks;
        _state = state;
        _lifecycle = lifecycle;
        _dispatcher = dispatcher;
        _waits = waits;
    }

    /// <summary>Restores everything. Afterwards the tracer thread may end at any time.</summary>
    public void Leave()
    {
        _lifecycle.IsLeaving = true;
        _state.IsLeaving = true;
        RestoreBytes();
        foreach (UprobeTask task in _tasks.Tasks)
        {
            ReturnProbeHandler.RestoreReturnAddresses(task);
        }

        Settle();
    }

    private void RestoreBytes()
    {
        foreach (AddressSpace mm in _state.AddressSpaces)
        {
            foreach (Site site in mm.Sites)
            {
                if (site.Armed)
                {
                    BreakpointInstaller.Remove(mm, site);
                }
            }
        }
    }

    private void Settle()
    {
        foreach (UprobeTask task in new List<UprobeTask>(_tasks.Tasks))
        {
            if (task.Tracee.State == TraceeState.Stopped)
            {
                // An error ended the session while this thread was being handled; its rip is right.
                _lifecycle.LetGo(task);
            }
            else if (MayBeOnItsWay(task))
            {
                _ = _unsettled.Add(task);
                _ = task.Tracee.Interrupt();
            }
        }

        while (_unsettled.Count > 0 && _waits.TryNext(out int tid, out WaitStatus status))
        {
            UprobeTask? task = _tasks.Find(tid);
            _dispatcher.Dispatch(tid, status);
            if (task != null && _tasks.Find(tid) != task)
            {
                _ = _unsettled.Remove(task);
            }
            else if (task != null && task.Tracee.State == TraceeState.Listening)
            {
                _ = _unsettled.Remove(task);
            }
        }
    }

    private static bool MayBeOnItsWay(UprobeTask task) =>
        task.Tracee.State == TraceeState.Running
        && (task.State != UprobeTaskState.Running || ProcStat.Of(task.Tracee.Tid).State is not ('S' or 'D'));
}
