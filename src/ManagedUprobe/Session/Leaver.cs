using System;
using System.Collections.Generic;
using System.Threading;
using ManagedUprobe.Native;
using ManagedUprobe.ProcFs;
using ManagedUprobe.Ptrace;
using ManagedUprobe.Uprobes;

namespace ManagedUprobe.Session;

/// <summary>Leaves all targets as if they had never been touched. Tracer thread.</summary>
/// <remarks>
/// In a nutshell: bytes go back while threads run (those that keep the program from setting an action for SIGTRAP when no trap is under way any more), return addresses while they sleep or stand in a stop; then every thread that may still be on its way to us with a trap is waited for; at last
/// some are let go in a stop (<see cref="LastStops"/>), the rest by the end of the tracer thread, which stops nobody. A thread that sleeps in a system call is not on its way: it executed no int3
/// before its call, or it would be in a stop, and none after the bytes were restored. So only threads that run are interrupted.
/// </remarks>
internal sealed class Leaver
{
    // A handler is short, but may have to wait for a processor.
    private const int HandlerLooks = 50;
    private const ulong SigTrapBit = 1UL << (5 - 1);

    private readonly TaskTable _tasks;
    private readonly UprobesState _state;
    private readonly LifecycleHandler _lifecycle;
    private readonly Action<int, WaitStatus> _onStatus;
    private readonly GuardKeeper _guards;
    private readonly SignalForwarder _signals;
    private readonly LastStops _lastStops;
    private readonly WaitQueue _waits;
    private readonly ThreadBorrower _borrower;
    private readonly HashSet<UprobeTask> _unsettled = [];

    /// <summary>Creates the leaver; <paramref name="onStatus"/> is what the tracer does with a stop or an end.</summary>
    public Leaver(TaskTable tasks, UprobesState state, LifecycleHandler lifecycle, GuardKeeper guards, SignalForwarder signals, ThreadBorrower borrower, Action<int, WaitStatus> onStatus, WaitQueue waits)
    {
        _borrower = borrower;
        _signals = signals;
        _lastStops = new LastStops(tasks, lifecycle, signals, onStatus, waits);
        _guards = guards;
        _tasks = tasks;
        _state = state;
        _lifecycle = lifecycle;
        _onStatus = onStatus;
        _waits = waits;
    }

    /// <summary>Lets those go that should not be left to the end of the tracer thread, which must follow at once.</summary>
    public void LetGo() => _lastStops.LetGo();

    /// <summary>Restores everything. Afterwards the tracer thread may end at any time; all threads are still traced.</summary>
    public void Leave()
    {
        _state.IsLeaving = true;
        RestoreHeld();
        RestoreBytes(site => !site.WatchesSigaction && !site.WatchesMask);

        // The program may block SIGTRAP now.
        RestoreBytes(site => site.WatchesMask);

        // One thread of each process is left over for the last calls that are to be made in it: the one that notices it least by then.
        try
        {
            Settle(FindClosers());
        }
        finally
        {
            // Whatever happens: the end of a task of ours is an error.
            RestoreBytes(_ => true);
        }

        List<UprobeTask> closers = FindClosers();
        Settle(closers);
        foreach (UprobeTask closer in closers)
        {
            Unguard(closer);
        }

        Settle([]);
    }

    // Where a thread has to stand for it, all bytes go back in one stop: the thread is settled then.
    private void RestoreHeld()
    {
        List<AddressSpace> held = _state.AddressSpaces.FindAll(mm => mm.Memory.NeedsStop);
        _borrower.WhileHeld(held, () => RestoreBytes(held, _ => true));
    }

    private List<UprobeTask> FindClosers()
    {
        var closers = new List<UprobeTask>();
        foreach (ThreadGroup group in _tasks.Groups)
        {
            if ((group.IsGuarded || group.Mm.Guard != null) && ThreadBorrower.FindBest(group) is { } best)
            {
                closers.Add(best);
            }
        }

        return closers;
    }

    private void Unguard(UprobeTask closer)
    {
        if (closer.Tracee.State is TraceeState.Running or TraceeState.Listening)
        {
            _guards.Unguard(closer, LifecycleHandler.IsOnItsWay, () => IsOnlyUser(closer.Group) && OthersSleepOutside(closer));
        }
    }

    private static bool OthersSleepOutside(UprobeTask closer)
    {
        bool all = true;
        foreach (UprobeTask other in closer.Group.Tasks)
        {
            all &= other == closer || other.IsSettled || SleepsOutside(other);
        }

        return all;
    }

    /// <summary>
    /// Whether a process has its memory for itself, and no thread of it is in the program's own SIGTRAP handler: that returns through our area.
    /// </summary>
    public static bool IsOnlyUser(ThreadGroup group)
    {
        const ulong SA_NODEFER = 0x40000000;
        if (group.Mm.Users.Count != 1 || (group.TrapAction.HasHandler && (group.TrapAction.Flags & SA_NODEFER) != 0))
        {
            return false;
        }

        var patience = default(SpinWait);
        for (int look = 0; look < HandlerLooks; look++)
        {
            if (!group.TrapAction.HasHandler || ProcFile.Tasks(group.Pid).TrueForAll(tid => (ProcFile.Status(tid).Blocked & SigTrapBit) == 0))
            {
                return true;
            }

            patience.SpinOnce(sleep1Threshold: 0);
        }

        return false;
    }

    private void RestoreBytes(Predicate<Site> which) => RestoreBytes(_state.AddressSpaces, which);

    private static void RestoreBytes(List<AddressSpace> spaces, Predicate<Site> which)
    {
        foreach (AddressSpace mm in spaces)
        {
            foreach (Site site in mm.Sites.All)
            {
                if (site.Armed && which(site))
                {
                    BreakpointInstaller.Remove(mm, site);
                }
            }
        }
    }

    private void Settle(List<UprobeTask> others)
    {
        foreach (UprobeTask task in new List<UprobeTask>(_tasks.Tasks))
        {
            if (others.Contains(task))
            {
                continue;
            }

            if (task.Tracee.State == TraceeState.Stopped)
            {
                // An error ended the session while this thread was being handled; its rip is right.
                _lifecycle.LetGo(task);
            }
            else if (!task.IsSettled && !TryLeaveAsleep(task) && Interrupt(task))
            {
                _ = _unsettled.Add(task);
            }
        }

        // Stops of others come in meanwhile, and some have been taken from the kernel already: none may be dropped, a signal would be lost with it.
        while (TryNext(out int tid, out WaitStatus status))
        {
            UprobeTask? task = _tasks.Find(tid);
            _onStatus(tid, status);
            if (task != null && _unsettled.Contains(task))
            {
                Follow(task, status);
            }
        }
    }

    // A thread that runs may return and use the word again between the look at its stack and the write: its return addresses wait for its stop.
    private static bool TryLeaveAsleep(UprobeTask task)
    {
        if (task.Mm.Memory.NeedsStop || MayBeOnItsWay(task) || (task.HiddenMask != null && ProcStat.Of(task.Tracee.Tid).State != 'D'))
        {
            return false;
        }

        HijackedStack.Restore(task);
        return !MayBeOnItsWay(task);
    }

    private bool Interrupt(UprobeTask task)
    {
        _signals.BeforeInterrupt(task);
        return task.Tracee.Interrupt();
    }

    private bool TryNext(out int tid, out WaitStatus status) =>
        _unsettled.Count > 0 ? _waits.TryNext(out tid, out status) : _waits.TryPoll(out tid, out status);

    private void Follow(UprobeTask task, WaitStatus status)
    {
        if (task.IsSettled || task.Tracee.State != TraceeState.Running)
        {
            _ = _unsettled.Remove(task);
        }
        else if (task.State == UprobeTaskState.Running && status.Event != PtraceEventCode.PTRACE_EVENT_STOP)
        {
            // The interrupt may have been used up before: by a stop in the middle of a step, or before a trap. A second one while the first is pending does nothing.
            _ = Interrupt(task);
        }
    }

    private static bool MayBeOnItsWay(UprobeTask task) =>
        task.Tracee.State == TraceeState.Running
        && (task.State != UprobeTaskState.Running || ProcStat.Of(task.Tracee.Tid).State is not ('S' or 'D') || !SleepsOutside(task));

    // In a system call, and not in a watched one: that ends in an int3 of ours.
    private static bool SleepsOutside(UprobeTask task) =>
        BlockedCall.TryParseIp(ProcFile.Read(task.Tracee.Tid, "syscall"), out ulong rip) && !task.Mm.IsOurs(rip);
}
