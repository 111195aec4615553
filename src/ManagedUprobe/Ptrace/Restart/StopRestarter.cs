using System;
using System.Collections.Generic;
using ManagedUprobe.Native;
using Mono.Unix.Native;

namespace ManagedUprobe.Ptrace.Restart;

/// <summary>
/// Keeps ptrace stops unseen in system calls that they end early. In a nutshell:
/// <list type="number">
/// <item>A stop (PTRACE_INTERRUPT, SIGCONT, a signal that the program ignores but a traced task is given all the same) makes
/// epoll_wait and its like return EINTR; the program would still be waiting.</item>
/// <item>At the stop rax becomes −ERESTARTNOHAND: the kernel starts the call anew, or returns EINTR if a handler runs.</item>
/// <item>A finite timeout is replaced by what is left of it, which <see cref="WaitClock"/> knows.</item>
/// <item>Such a call is followed to its end with PTRACE_SYSCALL, and there the program's arguments are put back.</item>
/// <item>EINTR that an untraced run would see (handlers, stop signals) stays.</item>
/// </list>
/// </summary>
/// <remarks>Tracer thread only. Costs nothing where no signal and no PTRACE_EVENT_STOP meets a thread in such a call.</remarks>
internal sealed class StopRestarter : IDisposable
{
    private const long SocketPollNs = 30_000;

    // Bit N-1 for signal N: what the default action ignores, and what it stops for.
    private const ulong IgnoredByDefault = (1UL << ((int)Signum.SIGCHLD - 1)) | (1UL << ((int)Signum.SIGCONT - 1))
        | (1UL << ((int)Signum.SIGURG - 1)) | (1UL << ((int)Signum.SIGWINCH - 1));

    private const ulong StopsByDefault = (1UL << ((int)Signum.SIGSTOP - 1)) | (1UL << ((int)Signum.SIGTSTP - 1))
        | (1UL << ((int)Signum.SIGTTIN - 1)) | (1UL << ((int)Signum.SIGTTOU - 1));

    private readonly WaitClock _clock;
    private readonly Dictionary<int, RestartedThread> _threads = [];
    private readonly List<RestartedThread> _sockets = [];

    /// <summary>Creates the restarter; the clock stays the caller's.</summary>
    public StopRestarter(WaitClock clock) => _clock = clock;

    /// <summary>When <see cref="Poll"/> is due, in ns of CLOCK_MONOTONIC.</summary>
    public long NextPollNs { get; private set; } = long.MaxValue;

    /// <summary>Gives back what is borrowed outside of the threads.</summary>
    public void Dispose()
    {
        foreach (RestartedThread thread in _threads.Values)
        {
            thread.Dispose();
        }

        foreach (RestartedThread thread in _sockets)
        {
            // Of threads that were let go.
            thread.Dispose();
        }

        _threads.Clear();
        _sockets.Clear();
    }

    /// <summary>Whether calls are about to read socket timeouts that are shortened for them: an instant, in which nobody should be left.</summary>
    public bool IsBusy
    {
        get
        {
            bool busy = _sockets.Count > 0;
            foreach (RestartedThread thread in _threads.Values)
            {
                busy |= thread.IsEnteringSocketCall;
            }

            return busy;
        }
    }

    /// <summary>Whether a thread is in a call that is followed to its end.</summary>
    public bool IsFollowing(int tid) => _threads.TryGetValue(tid, out RestartedThread? thread) && thread.StopsAtSyscall;

    /// <summary>Forgets a thread that ended, was let go, or executed another program.</summary>
    public void Remove(int tid)
    {
        if (_threads.Remove(tid, out RestartedThread? thread))
        {
            _sockets.Remove(thread);
            thread.Dispose();
        }
    }

    /// <summary>A thread is let go in an event stop: it goes on with the call that the stop took it out of, with nobody to follow it.</summary>
    /// <param name="stop">The stop.</param>
    /// <param name="regs">Receives the registers to write.</param>
    /// <param name="nowNs">CLOCK_MONOTONIC.</param>
    /// <returns>
    /// <see cref="RestartResume.SetRegsAndSyscall"/> when the thread should be resumed so, and followed; otherwise what is to be done before it is let go. Its
    /// socket may be waited for then (<see cref="IsBusy"/>).
    /// </returns>
    public RestartResume OnLetGo(in StopSite stop, ref UserRegs regs, long nowNs)
    {
        _threads.TryGetValue(stop.Tid, out RestartedThread? thread);
        bool undone = thread is not null && thread.Undo(ref regs, stop.Memory);
        if (!InterruptedCalls.TryFind(regs, out InterruptedCall call))
        {
            return undone ? RestartResume.SetRegs : RestartResume.AsIs;
        }

        thread ??= Create(stop);
        if (!MayRestart(stop, thread, regs, undone))
        {
            return undone ? RestartResume.SetRegs : RestartResume.AsIs;
        }

        if (!thread.TryRestartForGood(stop, call, ref regs, _clock, nowNs))
        {
            return thread.Restart(stop, call, ref regs, _clock, nowNs);
        }

        if (thread.HasSocketTimeout)
        {
            _ = _threads.Remove(stop.Tid);
            _sockets.Add(thread);
            NextPollNs = nowNs;
        }

        return RestartResume.SetRegs;
    }

    /// <summary>
    /// At a system call stop of a thread that is to be let go: if the call was ended once more, takes what was done for it back, so that the thread can be let
    /// go in its next stop (<see cref="OnLetGo"/>), which the caller brings about.
    /// </summary>
    public bool TryTakeOut(in StopSite stop, ref UserRegs regs) =>
        _threads.TryGetValue(stop.Tid, out RestartedThread? thread) && thread.StopsAtSyscall && thread.TryTakeOut(ref regs, stop.Memory);

    /// <summary>
    /// To be called at every signal-delivery-stop and every PTRACE_EVENT_STOP that is not the first of a new thread, after
    /// PTRACE_GETREGS and before the decision what to do with the signal. <paramref name="regs"/> receives those to write.
    /// </summary>
    /// <returns>How to resume. The signal is delivered as it would be anyway.</returns>
    public RestartResume OnStop(in StopSite stop, ref UserRegs regs, long nowNs)
    {
        _threads.TryGetValue(stop.Tid, out RestartedThread? thread);
        bool undone = thread is not null && thread.Undo(ref regs, stop.Memory);
        RestartResume unchanged = undone ? RestartResume.SetRegs : RestartResume.AsIs;
        if (!InterruptedCalls.TryFind(regs, out InterruptedCall call))
        {
            thread?.Reset();
            return unchanged;
        }

        thread ??= Create(stop);
        if (!MayRestart(stop, thread, regs, undone))
        {
            return unchanged;
        }

        return thread.Restart(stop, call, ref regs, _clock, nowNs);
    }

    /// <summary>To be called at every system call stop (SIGTRAP | 0x80), after PTRACE_GETREGS.</summary>
    /// <returns>How to resume; <see cref="RestartResume.AsIs"/> when the stop is not ours.</returns>
    public RestartResume OnSyscallStop(in StopSite stop, ref UserRegs regs, long nowNs)
    {
        if (!_threads.TryGetValue(stop.Tid, out RestartedThread? thread) || !thread.StopsAtSyscall)
        {
            return RestartResume.AsIs;
        }

        RestartResume resume = thread.OnSyscallStop(ref regs, stop.Memory, nowNs);
        if (thread.HasSocketTimeout)
        {
            _sockets.Add(thread);
            NextPollNs = nowNs;
        }

        return resume;
    }

    /// <summary>Looks whether calls have read the socket timeouts that were shortened for them.</summary>
    /// <remarks>Not between <see cref="OnSyscallStop"/> and the resuming of that thread.</remarks>
    public void Poll(long nowNs)
    {
        for (int i = _sockets.Count - 1; i >= 0; i--)
        {
            RestartedThread thread = _sockets[i];
            if (!thread.HasSocketTimeout || thread.RestoreSocket())
            {
                _sockets.RemoveAt(i);
                if (!_threads.ContainsValue(thread))
                {
                    // It was let go.
                    thread.Dispose();
                }
            }
        }

        NextPollNs = _sockets.Count == 0 ? long.MaxValue : nowNs + SocketPollNs;
    }

    private RestartedThread Create(in StopSite stop)
    {
        var thread = new RestartedThread(stop.Pid, stop.Tid);
        _threads.Add(stop.Tid, thread);
        return thread;
    }

    private static bool MayRestart(in StopSite stop, RestartedThread thread, in UserRegs regs, bool undone)
    {
        if (!thread.TryGetSignals(out ulong ignored, out ulong caught, out long switches))
        {
            return false;
        }

        // An earlier stop's verdict holds only as long as the thread has not moved.
        bool still = undone | thread.StandsStill(regs, switches);
        if (!still && thread.Phase != RestartPhase.None)
        {
            thread.Reset();
        }

        ulong signal = 1UL << (stop.Signal - 1);
        bool stopping = (StopsByDefault & signal & ~(stop.IsEventStop ? 0 : ignored | caught)) != 0;
        bool unseen = stop.IsEventStop || ((ignored | (IgnoredByDefault & ~caught)) & signal) != 0;
        if (stopping || !unseen)
        {
            thread.MarkGenuine(regs, switches);
            return false;
        }

        return thread.Phase != RestartPhase.Genuine;
    }
}
