using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.ExceptionServices;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;
using ManagedUprobe.ProcFs;
using ManagedUprobe.Ptrace;
using ManagedUprobe.Ptrace.Restart;
using ManagedUprobe.Uprobes;
using ManagedUprobe.Uprobes.Survival;

namespace ManagedUprobe.Session;

/// <summary>Stops one thread of a process for calls of ours, and lets it go on as if nothing had been. Tracer thread.</summary>
/// <remarks>
/// A thread that was taken out of a system call gets its registers back, is interrupted once more, and stands then in a stop like the first one: the kernel, or <see cref="SignalForwarder"/>, restarts
/// the call from there.
/// </remarks>
internal sealed class ThreadBorrower
{
    private const int MaxAttempts = 100;

    /// <summary>So often another thread is looked for when the one that was chosen had got into a call that our stop ends.</summary>
    private const int PoliteAttempts = 10;

    private const int RankAsleep = 0;
    private const int RankRunning = 1;
    private const int RankStopped = 2;
    private const int RankEnded = 3;

    private readonly WaitQueue _waits;
    private readonly SignalForwarder _signals;
    private readonly Action<int, WaitStatus> _onStatus;

    /// <summary>Creates the borrower; <paramref name="onStatus"/> is what the tracer does with a stop or an end.</summary>
    public ThreadBorrower(WaitQueue waits, SignalForwarder signals, Action<int, WaitStatus> onStatus)
    {
        _signals = signals;
        _waits = waits;
        _onStatus = onStatus;
    }

    /// <summary>Has <paramref name="work"/> done by one of the threads of a process; the best one is tried first.</summary>
    /// <returns>False when it could not be done: no thread can be stopped now.</returns>
    public bool TryBorrow(ThreadGroup group, Func<UprobeTask, GuardOutcome> work)
    {
        for (int attempt = 0; attempt < PoliteAttempts; attempt++)
        {
            if (FindBest(group) is { } polite && TryBorrowOnce(polite, work))
            {
                return true;
            }
        }

        return FindBest(group) is { } best && TryBorrow(best, _ => true, work);
    }

    /// <summary>Has something done for which one thread of each address space must stand, where its memory cannot be changed otherwise; elsewhere all run on.</summary>
    public void WhileHeld(IReadOnlyList<AddressSpace> spaces, Action work)
    {
        foreach (AddressSpace mm in spaces)
        {
            if (mm is { Memory.NeedsStop: true, Users.Count: > 0 } && mm.Tasks.All(task => task.Tracee.State != TraceeState.Stopped))
            {
                WhileHeld(mm, () => WhileHeld(spaces, work), work);
                return;
            }
        }

        work();
    }

    // Where no thread can be stopped what needs one is not done, and is told by whoever wanted it.
    private void WhileHeld(AddressSpace mm, Action held, Action otherwise)
    {
        ExceptionDispatchInfo? failure = null;
        bool isHeld = TryBorrow(mm.Users[0], _ =>
        {
            try
            {
                held();
            }
#pragma warning disable CA1031 // Whatever it is, the thread goes on first.
            catch (Exception error)
#pragma warning restore CA1031
            {
                failure = ExceptionDispatchInfo.Capture(error);
            }

            return new GuardOutcome(Done: true, HasRun: false, Interruption: null);
        });
        failure?.Throw();
        if (!isHeld)
        {
            otherwise();
        }
    }

    /// <summary>The thread that notices it least; null when none can be stopped soon.</summary>
    public static UprobeTask? FindBest(ThreadGroup group)
    {
        UprobeTask? best = null;
        int bestRank = int.MaxValue;
        foreach (UprobeTask task in group.Tasks)
        {
            int rank = Rank(task);
            if (rank < bestRank)
            {
                (best, bestRank) = (task, rank);
            }
        }

        return best;
    }

    /// <summary>Has <paramref name="work"/> done by a thread that stands behind exec; it stays stopped, before its first instruction.</summary>
    public bool TryUseExecuted(UprobeTask task, Func<UprobeTask, GuardOutcome> work)
    {
        // At the event itself the thread is still inside the call.
        if (!task.Tracee.Interrupt())
        {
            return false;
        }

        task.Tracee.Cont();
        if (!_waits.TryWaitFor(task.Tracee.Tid, out WaitStatus status))
        {
            return false;
        }

        if (status.IsEnd)
        {
            _waits.Keep(task.Tracee.Tid, status);
            return false;
        }

        task.Tracee.Stopped();
        return work(task).Done;
    }

    /// <summary>Has <paramref name="work"/> done by a thread, in the first stop that is <paramref name="fit"/> for it.</summary>
    public bool TryBorrow(UprobeTask task, Func<UprobeTask, bool> fit, Func<UprobeTask, GuardOutcome> work) =>
        TryBorrow(task, fit, work, MaxAttempts);

    /// <summary>Has <paramref name="work"/> done by a thread if it notices nothing of that, as far as can be told before.</summary>
    public bool TryBorrowOnce(UprobeTask task, Func<UprobeTask, GuardOutcome> work) =>
        Rank(task) <= RankRunning && TryBorrow(task, stopped => !StandsInEndedCall(stopped), work, attempts: 1);

    private bool TryBorrow(UprobeTask task, Func<UprobeTask, bool> fit, Func<UprobeTask, GuardOutcome> work, int attempts)
    {
        for (int attempt = 0; attempt < attempts && task.Tracee.State is TraceeState.Running or TraceeState.Listening; attempt++)
        {
            _signals.BeforeInterrupt(task);
            if (!task.Tracee.Interrupt() || !_waits.TryWaitFor(task.Tracee.Tid, out WaitStatus status))
            {
                return false;
            }

            if (!IsPlace(task, status) || !fit(task))
            {
                _onStatus(task.Tracee.Tid, status);
                continue;
            }

            task.Tracee.Stopped();
            GuardOutcome outcome = work(task);
            if (outcome.Interruption is { } interruption)
            {
                _onStatus(task.Tracee.Tid, interruption);
                continue;
            }

            GoOn(task, status, outcome.HasRun);
            return outcome.Done;
        }

        return false;
    }

    /// <summary>Waits for the next stop of a thread, which is then the caller's to handle. False when it has ended.</summary>
    public bool TryWaitFor(UprobeTask task, out WaitStatus status)
    {
        bool waited = _waits.TryWaitFor(task.Tracee.Tid, out status);
        if (waited && status.IsEnd)
        {
            _onStatus(task.Tracee.Tid, status);
        }

        return waited && !status.IsEnd;
    }

    /// <summary>Has a stop handled as the tracer does.</summary>
    public void Handle(UprobeTask task, WaitStatus status) => _onStatus(task.Tracee.Tid, status);

    /// <summary>Lets a thread go on from the stop in which it was borrowed.</summary>
    /// <param name="task">The thread.</param>
    /// <param name="status">The stop.</param>
    /// <param name="hasRun">Whether it has run calls of ours.</param>
    public void GoOn(UprobeTask task, WaitStatus status, bool hasRun)
    {
        if (hasRun)
        {
            _ = task.Tracee.Interrupt();
            task.Tracee.Cont();
            if (!_waits.TryWaitFor(task.Tracee.Tid, out status))
            {
                return;
            }
        }

        _onStatus(task.Tracee.Tid, status);
    }

    /// <summary>Whether a thread can be borrowed in a stop.</summary>
    public static bool IsPlace(UprobeTask task, WaitStatus status) =>
        task.State == UprobeTaskState.Running
        && task.HasRun
        && (status.Kind == WaitStatusKind.GroupStop
            || status is { Kind: WaitStatusKind.PtraceEvent, Event: PtraceEventCode.PTRACE_EVENT_STOP });

    /// <summary>Whether a stopped thread was in a call that a stop ends: between the look at what it does and its stop it may have entered any.</summary>
    public static bool StandsInEndedCall(UprobeTask task) =>
        task.Tracee.TryGetRegs(out UserRegs regs)
        && task.Mm.Mode == ExecutionMode.Bits64 && InterruptedCalls.EndsEarly(task.Group.Pid, new BlockedCall(unchecked((long)regs.orig_rax), regs.rdi, regs.rsi, regs.rdx, regs.r10, regs.r8, regs.r9, regs.rsp));

    // Asleep in a call that restarts by itself, or in user code; else in one that is started anew; a thread that sleeps for good cannot be stopped.
    private static int Rank(UprobeTask task)
    {
        if (!task.HasRun || task.Tracee.State is not (TraceeState.Running or TraceeState.Listening))
        {
            return int.MaxValue;
        }

        return ProcStat.Of(task.Tracee.Tid).State switch
        {
            'R' => RankRunning,
            't' or 'T' => RankStopped,
            'S' => BlockedCall.TryParse(ProcFile.Read(task.Tracee.Tid, "syscall"), out BlockedCall call) && task.Mm.Mode == ExecutionMode.Bits64 && InterruptedCalls.EndsEarly(task.Group.Pid, call)
                ? RankEnded
                : RankAsleep,
            _ => int.MaxValue,
        };
    }
}
