using System;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Ptrace.Restart;

/// <summary>What has been done to one thread's interrupted call, and how to take it back.</summary>
internal sealed class RestartedThread(int pid, int tid) : IDisposable
{
    private const long Enosys = -38;
    private const long Eagain = -11;
    private const int ConnectNumber = 42;

    // As long as we may be kept from the CPU while a socket's timeout is not its own.
    private const long LeastSocketNs = 80_000_000;

    // A socket's timeout counts the kernel's ticks, and their count may lag behind the clock: late by that much is better than early.
    private const long TickLagNs = 1_000_000;

    private readonly byte[] _scratch = new byte[CallRestart.ScratchLength];
    private readonly byte[] _borrowed = new byte[CallRestart.ScratchLength];
    private readonly ThreadFiles _files = new(pid, tid);
    private UserRegs _original;
    private UserRegs _restarted;
    private InterruptedCall _call;
    private SocketTimeout _socket;
    private int _borrowedLength;
    private bool _hasTimeout;
    private long _deadlineNs;
    private long _startNs;
    private long _switches;
    private long _timeslices;

    /// <summary>How far the call is.</summary>
    public RestartPhase Phase { get; private set; }

    /// <summary>Whether the thread's socket waits for <see cref="RestoreSocket"/>.</summary>
    public bool HasSocketTimeout => _socket.IsShortened;

    /// <summary>Whether the thread is on its way into a call on a socket whose timeout is to be shortened there.</summary>
    public bool IsEnteringSocketCall => Phase == RestartPhase.Restarted && HasSocketDeadline;

    /// <summary>Whether the thread is resumed with PTRACE_SYSCALL until its call is over.</summary>
    public bool StopsAtSyscall { get; private set; }

    /// <summary>Closes files, gives a socket its timeout back.</summary>
    public void Dispose()
    {
        _socket.Restore();
        _files.Dispose();
    }

    /// <summary>Ignored and caught signals of the process, and this thread's voluntary switches.</summary>
    public bool TryGetSignals(out ulong ignored, out ulong caught, out long switches) =>
        _files.TryGetSignals(out ignored, out caught, out switches);

    /// <summary>
    /// Starts the call anew at a stop that has ended it early: <paramref name="regs"/> receives the registers to run on with.
    /// </summary>
    public RestartResume Restart(in StopSite stop, in InterruptedCall call, ref UserRegs regs, WaitClock clock, long nowNs)
    {
        SetDeadline(stop, call, regs, clock, nowNs);
        if (IsOver(nowNs))
        {
            return ReportTimeout(ref regs);
        }

        _restarted = CallRestart.Restart(Shorten(stop.Memory, nowNs));
        // Followed although nothing was changed: the next stop must not take it for a wait of its own.
        StopsAtSyscall = _hasTimeout || !CallRestart.SameArguments(_restarted, _original);
        Phase = RestartPhase.Restarted;
        regs = _restarted;
        return StopsAtSyscall ? RestartResume.SetRegsAndSyscall : RestartResume.SetRegs;
    }

    /// <summary>
    /// As <see cref="Restart"/> for a thread that is let go in this stop: it goes back into the call by itself, and comes out of it with the arguments that
    /// the rest of its wait needed. A socket's timeout waits for <see cref="RestoreSocket"/>.
    /// </summary>
    /// <returns>False when the thread should be followed instead: a socket wait is so near its end that the next one might find the socket's timeout shortened.</returns>
    public bool TryRestartForGood(in StopSite stop, in InterruptedCall call, ref UserRegs regs, WaitClock clock, long nowNs)
    {
        SetDeadline(stop, call, regs, clock, nowNs);
        if (IsOver(nowNs))
        {
            _ = ReportTimeout(ref regs);
            return true;
        }

        if (HasSocketDeadline && _deadlineNs - nowNs < LeastSocketNs)
        {
            // For Restart, which must find the deadline.
            Phase = RestartPhase.Interrupted;
            return false;
        }

        regs = CallRestart.Restart(Shorten(stop.Memory, nowNs));
        _borrowedLength = 0;
        StopsAtSyscall = false;
        Phase = RestartPhase.None;
        if (HasSocketDeadline)
        {
            ShortenSocket(regs.rdi, nowNs);
        }

        return true;
    }

    /// <summary>
    /// Takes a restart back when the thread stops again before it is in the call: another signal follows, and with a handler
    /// the program must find its EINTR and its own arguments.
    /// </summary>
    /// <returns>Whether <paramref name="regs"/> was changed.</returns>
    public bool Undo(ref UserRegs regs, ITraceeMemory memory)
    {
        if (Phase != RestartPhase.Restarted || !CallRestart.IsOnItsWay(regs, _restarted))
        {
            return false;
        }

        regs = _original;
        GiveBack(memory);
        StopsAtSyscall = false;
        Phase = RestartPhase.Interrupted;
        return true;
    }

    /// <summary>A system call stop of a thread with <see cref="StopsAtSyscall"/>.</summary>
    public RestartResume OnSyscallStop(ref UserRegs regs, ITraceeMemory memory, long nowNs)
    {
        if (Phase == RestartPhase.Restarted && unchecked((long)regs.rax) == Enosys)
        {
            Phase = RestartPhase.Entered;
            if (HasSocketDeadline)
            {
                ShortenSocket(regs.rdi, nowNs);
                return RestartResume.Syscall;
            }

            return Renew(ref regs, memory, nowNs);
        }

        return OnReturn(ref regs, memory, nowNs);
    }

    /// <summary>
    /// At the end of a call that was ended once more: puts the program's registers of its first stop back, as if no restart had been. The next stop, which
    /// must come before the thread runs on, finds the deadline.
    /// </summary>
    /// <returns>False when the call is not over, or has come to its own end.</returns>
    public bool TryTakeOut(ref UserRegs regs, ITraceeMemory memory)
    {
        if (Phase != RestartPhase.Entered || unchecked((long)regs.rax) != _call.Result)
        {
            return false;
        }

        _socket.Restore();
        GiveBack(memory);
        regs = _original;
        StopsAtSyscall = false;
        Phase = RestartPhase.Interrupted;
        return _files.TryGetSignals(out _, out _, out _switches);
    }

    /// <summary>Gives the socket its own timeout back once the call has read it.</summary>
    /// <returns>False when the thread is not asleep yet.</returns>
    public bool RestoreSocket()
    {
        // A thread that is about to be woken from the stop before the call is taken for one that sleeps in the call.
        bool hasRun = !_files.TryGetTimeslices(out long timeslices) || timeslices != _timeslices;
        bool asleep = hasRun && (_files.TryGetBlockedCall(out _, out bool running) || !running);
        if (asleep)
        {
            _socket.Restore();
            SocketWaits.Note(tid, timeslices, _startNs);
        }

        return asleep;
    }

    /// <summary>Notes that the EINTR in the registers is what an untraced run would see.</summary>
    public void MarkGenuine(in UserRegs regs, long switches)
    {
        _original = regs;
        _switches = switches;
        Phase = RestartPhase.Genuine;
    }

    /// <summary>
    /// Whether the thread has not run since the stop at which the present phase was noted: going into this stop is then its
    /// only voluntary switch since, and the registers are the same.
    /// </summary>
    public bool StandsStill(in UserRegs regs, long switches)
    {
        bool still = switches == _switches + 1 && regs.rip == _original.rip && regs.rsp == _original.rsp
            && regs.orig_rax == _original.orig_rax;
        _switches = switches;
        return still;
    }

    /// <summary>Forgets the call.</summary>
    public void Reset()
    {
        _socket.Restore();
        StopsAtSyscall = false;
        Phase = RestartPhase.None;
    }

    // A call that was restarted before keeps its deadline, a new one asks the clock when its wait began.
    private void SetDeadline(in StopSite stop, in InterruptedCall call, in UserRegs regs, WaitClock clock, long nowNs)
    {
        if (Phase != RestartPhase.Interrupted)
        {
            _hasTimeout = TryReadTimeout(stop, call, regs, out long timeoutNs);
            // A wait that was never seen began after the last look: full time, late by no more than that.
            _startNs = _hasTimeout && clock.TryGetStart(tid, regs, out long seenNs) ? seenNs : nowNs;
            _deadlineNs = _startNs + timeoutNs;
        }

        _original = regs;
        _call = call;
    }

    private void ShortenSocket(ulong fd, long nowNs)
    {
        _socket.Shorten(pid, fd, _call.Kind, _deadlineNs - nowNs + TickLagNs);
        _ = _files.TryGetTimeslices(out _timeslices);
    }

    private bool HasSocketDeadline =>
        _hasTimeout && _call.Kind is TimeoutKind.SocketReceive or TimeoutKind.SocketSend;

    private RestartResume OnReturn(ref UserRegs regs, ITraceeMemory memory, long nowNs)
    {
        _socket.Restore();
        GiveBack(memory);
        if (unchecked((long)regs.rax) == _call.Result)
        {
            return Reenter(ref regs, memory, nowNs);
        }

        regs = CallRestart.WithArguments(regs, _original);
        if (InterruptedCalls.IsSubmission(_original))
        {
            regs.rax = _original.rax;
        }

        StopsAtSyscall = false;
        Phase = RestartPhase.None;
        return RestartResume.SetRegs;
    }

    /// <summary>
    /// Ended early once more. A PTRACE_INTERRUPT is used up by this very stop, so that no PTRACE_EVENT_STOP need follow, and a
    /// restart code may go unseen here: the registers become what the kernel would make of it. Undo knows them too.
    /// </summary>
    private RestartResume Reenter(ref UserRegs regs, ITraceeMemory memory, long nowNs)
    {
        if (IsOver(nowNs))
        {
            return ReportTimeout(ref regs);
        }

        _restarted = CallRestart.Restart(Shorten(memory, nowNs));
        regs = CallRestart.AtInstruction(_restarted);
        Phase = RestartPhase.Restarted;
        return RestartResume.SetRegsAndSyscall;
    }

    // The thread may have stood in this stop while we had other things to do, and what is left was worked out before.
    private RestartResume Renew(ref UserRegs regs, ITraceeMemory memory, long nowNs)
    {
        if (_hasTimeout && _call.Kind == TimeoutKind.Milliseconds)
        {
            regs = CallRestart.WithArguments(regs, Shorten(memory, nowNs));
            return RestartResume.SetRegsAndSyscall;
        }

        if (_hasTimeout && _borrowedLength > 0)
        {
            _ = memory.TryWrite(CallRestart.ScratchVaddr(_original), CallRestart.Remaining(_deadlineNs - nowNs, _scratch));
        }

        return RestartResume.Syscall;
    }

    // The shortest socket timeout is one or two ticks, up to 20 ms: too late for a call whose time is over.
    private bool IsOver(long nowNs) => HasSocketDeadline && nowNs >= _deadlineNs && _call.Number != ConnectNumber;

    private RestartResume ReportTimeout(ref UserRegs regs)
    {
        regs.rax = unchecked((ulong)Eagain);
        Reset();
        return RestartResume.SetRegs;
    }

    private UserRegs Shorten(ITraceeMemory memory, long nowNs)
    {
        if (!_hasTimeout || HasSocketDeadline)
        {
            return _original;
        }

        UserRegs changed = CallRestart.Shorten(
            _original, _call, _deadlineNs - nowNs, memory, _scratch, out int length);
        return TryBorrow(memory, _original, length) ? changed : _original; // Late is better than broken.
    }

    private static bool TryReadTimeout(in StopSite stop, in InterruptedCall call, in UserRegs regs, out long timeoutNs) =>
        call.Kind is TimeoutKind.SocketReceive or TimeoutKind.SocketSend
            ? SocketTimeout.TryRead(stop.Pid, regs.rdi, call.Kind, out timeoutNs)
            : CallRestart.TryReadTimeout(regs, call, stop.Memory, out timeoutNs);

    private bool TryBorrow(ITraceeMemory memory, in UserRegs regs, int length)
    {
        ulong vaddr = CallRestart.ScratchVaddr(regs);
        if (length > 0 && (!memory.TryRead(vaddr, _borrowed.AsSpan(0, length)) || !memory.TryWrite(vaddr, _scratch.AsSpan(0, length))))
        {
            return false;
        }

        _borrowedLength = length;
        return true;
    }

    private void GiveBack(ITraceeMemory memory)
    {
        if (_borrowedLength > 0)
        {
            // False when the thread has unmapped its stack meanwhile: then there is nothing to give back.
            _ = memory.TryWrite(CallRestart.ScratchVaddr(_original), _borrowed.AsSpan(0, _borrowedLength));
            _borrowedLength = 0;
        }
    }
}
