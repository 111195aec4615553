using System;
using System.Collections.Generic;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;
using ManagedUprobe.ProcFs;
using ManagedUprobe.Ptrace;
using ManagedUprobe.Ptrace.Restart;
using ManagedUprobe.Uprobes;

namespace ManagedUprobe.Session;

/// <summary>Lets threads go, each in a stop of its own, where the end of the tracer thread would show in their system calls. Tracer thread.</summary>
/// <remarks>
/// A signal that the program ignores is queued as long as the thread that it is addressed to is traced, wakes a thread, and ends some calls early with EINTR.
/// We send the thread back into its call, if we are still there when it comes out; nobody does once we are gone. So:
/// <list type="number">
/// <item>The leader, to which signals to the process are addressed, goes first: from then on they are not queued any more.</item>
/// <item>Then all threads that are in such calls, or run and may enter one. One that is let go in a stop drops what is ignored and starts its call anew, by the kernel's own rules.</item>
/// <item>Those in other calls, which the kernel restarts itself, are left to the end of the thread.</item>
/// </list>
/// </remarks>
internal sealed class LastStops
{
    // A thread that has got stuck in the kernel (vfork, a dead server's file system) cannot be stopped: it is left as it is.
    private const long PatienceNs = 2_000_000_000;

    private const long FollowPatienceNs = 150_000_000;

    // A thread that waits for a CPU stops when it gets one: the others need not wait for that.
    private const long StopPatienceNs = 2_000_000;

    // A stop takes some microseconds where a CPU is idle; where none is, the thread may need ours.
    private const long LookNs = 50_000;

    private const int MaxRounds = 8;

    private readonly TaskTable _tasks;
    private readonly LifecycleHandler _lifecycle;
    private readonly SignalForwarder _signals;
    private readonly Action<int, WaitStatus> _onStatus;
    private readonly WaitQueue _waits;
    private readonly HashSet<UprobeTask> _awaited = [];

    // Those that were followed instead.
    private readonly HashSet<UprobeTask> _followed = [];

    public LastStops(TaskTable tasks, LifecycleHandler lifecycle, SignalForwarder signals, Action<int, WaitStatus> onStatus, WaitQueue waits)
    {
        _tasks = tasks;
        _lifecycle = lifecycle;
        _signals = signals;
        _onStatus = onStatus;
        _waits = waits;
    }

    /// <summary>Lets them go. The breakpoints are gone, and no thread has a trap ahead of it.</summary>
    public void LetGo()
    {
        long patience = MonotonicClock.Now + PatienceNs;
        LetGo(IsReachableLeader, patience);

        // Meanwhile others have come into such calls.
        for (int round = 0; round < MaxRounds && LetGo(NeedsStop, patience); round++)
        {
        }

        // Some were near the end of their wait, and are let go in their next one.
        if (_followed.Count > 0)
        {
            Await(() => !HasFollowed(), MonotonicClock.Now + FollowPatienceNs);
            _followed.Clear();
            _ = LetGo(NeedsStop, patience);
        }
    }

    private bool HasFollowed()
    {
        foreach (UprobeTask task in _followed)
        {
            if (task.Tracee.State == TraceeState.Running && _signals.IsFollowing(task))
            {
                return true;
            }
        }

        return false;
    }

    // One after the other: a thread that waits stands still for no longer than its own stop takes, whatever keeps us from the CPU meanwhile.
    private bool LetGo(Predicate<UprobeTask> wanted, long patience)
    {
        bool any = false;
        foreach (UprobeTask task in new List<UprobeTask>(_tasks.Tasks))
        {
            if (task.Tracee.State == TraceeState.Running && task.State == UprobeTaskState.Running && !_followed.Contains(task) && wanted(task)
                && Interrupt(task))
            {
                any |= _awaited.Add(task);
                Await(() => !_awaited.Contains(task), Math.Min(patience, MonotonicClock.Now + StopPatienceNs));
            }
        }

        Await(() => _awaited.Count == 0, patience);
        _awaited.Clear();
        return any;
    }

    private void Await(Func<bool> isDone, long patience)
    {
        long nap = MonotonicClock.Now + LookNs;
        while (!isDone() && MonotonicClock.Now < patience)
        {
            if (_waits.TryPoll(out int tid, out WaitStatus status))
            {
                OnStatus(tid, status);
                nap = MonotonicClock.Now + LookNs;
            }
            else if (MonotonicClock.Now > nap)
            {
                _signals.Poll(MonotonicClock.Now);
                Libc.Nap();
            }
        }
    }

    private void OnStatus(int tid, WaitStatus status)
    {
        if (_tasks.Find(tid) is not { } task || !_awaited.Contains(task) || status.IsEnd)
        {
            _onStatus(tid, status);
            _ = _awaited.RemoveWhere(gone => gone.Tracee.State == TraceeState.Gone);
            return;
        }

        bool isEventStop = status is { Kind: WaitStatusKind.PtraceEvent, Event: PtraceEventCode.PTRACE_EVENT_STOP };
        if (isEventStop && task.HasRun && !LifecycleHandler.IsOnItsWay(task))
        {
            task.Tracee.Stopped();
            _ = _awaited.Remove(task);
            if (!_lifecycle.TryLetGoInCall(task))
            {
                _ = _followed.Add(task);
            }
        }
        else if (status.Kind == WaitStatusKind.SyscallStop && TryTakeOut(task))
        {
            // Its event stop follows.
        }
        else
        {
            _onStatus(tid, status);
            if (task.Tracee.State != TraceeState.Running || !Interrupt(task))
            {
                _ = _awaited.Remove(task);
            }
        }
    }

    private bool TryTakeOut(UprobeTask task)
    {
        task.Tracee.Stopped();
        return _signals.TryTakeOut(task);
    }

    private bool Interrupt(UprobeTask task)
    {
        _signals.BeforeInterrupt(task);
        return task.Tracee.Interrupt();
    }

    private static bool IsReachableLeader(UprobeTask task) =>
        task.Tracee.Tid == task.Group.Pid && ProcStat.Of(task.Tracee.Tid).State is 'S' or 'R';

    // A thread that runs may enter such a call before we are gone.
    private static bool NeedsStop(UprobeTask task)
    {
        byte[] text = ProcFile.Read(task.Tracee.Tid, "syscall");
        return BlockedCall.IsRunning(text)
            || (BlockedCall.TryParse(text, out BlockedCall call) && !InterruptedCalls.Submits(call) && task.Mm.Mode == ExecutionMode.Bits64 && InterruptedCalls.EndsEarly(task.Group.Pid, call));
    }
}
