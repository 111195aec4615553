using System;
using System.Collections.Generic;
using ManagedUprobe.Arch;
using ManagedUprobe.Arch.X64;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Ptrace;

/// <summary>Runs system calls in a thread that stands at a breakpoint, and leaves no trace of it but their effect.</summary>
/// <remarks>
/// The call is followed by PTRACE_SYSCALL to its entry and its exit. Not by a single step: the step's SIGTRAP is forced, and makes the kernel forget a program's SIGTRAP
/// handler, SIG_IGN or mask just as an int3 does. A thread at a breakpoint is in no system call, so nothing needs the kernel's restart code, which
/// an exit stop skips; a thread that was taken out of a call is interrupted once more behind it.
/// <para>
/// Where the caller delivers signals they wait, blocked, until the call is over: the kernel keeps them in order and with their siginfo. SIGSTOP cannot be
/// blocked; it takes effect at once, because a SIGCONT that follows must find it in effect. A group-stop is left for the call and entered again behind it.
/// </para>
/// <para>
/// A signal given to PTRACE_CONT at an exit stop is sent anew: it loses its siginfo, and a SIGCONT would end a group-stop that began after it. So when signals
/// wait to be delivered the thread is brought to a stop that delivers as a breakpoint's does, by a SIGTRAP that is sent there and swallowed.
/// </para>
/// Precondition: tracer thread; tracee stopped.
/// </remarks>
internal static class RemoteSyscall
{
    private const int StopsOfACall = 2;
    private const ulong SigTrapBit = 1UL << ((int)Signum.SIGTRAP - 1);

    // SIGILL, SIGBUS, SIGFPE, SIGSEGV, SIGSYS: where one of them is forced on a thread that blocks it, the kernel forgets the program's handler.
    private const ulong InsnSignals = (1UL << 3) | (1UL << 6) | (1UL << 7) | (1UL << 10) | (1UL << 30);

    /// <summary>Runs one call.</summary>
    /// <param name="tracee">The thread; stopped before and after.</param>
    /// <param name="waits">Where the call's stops are waited for.</param>
    /// <param name="place">Where the call runs.</param>
    /// <param name="call">Number and arguments.</param>
    /// <param name="resumeVaddr">Where the thread stands afterwards, so that it could go on there by itself; 0: where it stood.</param>
    /// <param name="deferred">Receives signals that arrive meanwhile, for the caller to deliver; null: the first one ends the attempt.</param>
    /// <param name="result">What the call returned: a value, or a negative errno.</param>
    /// <param name="interruption">The stop or end that ended the attempt; the thread's registers are as before.</param>
    /// <returns>False when the thread ended, or a signal came first.</returns>
    public static bool TryRun(
        Tracee tracee,
        WaitQueue waits,
        SyscallPlace place,
        in SyscallArguments call,
        ulong resumeVaddr,
        Queue<DeferredSignal>? deferred,
        out long result,
        out WaitStatus? interruption)
    {
        result = -(long)Errno.ESRCH;
        interruption = null;
        if (!tracee.TryGetRegs(out UserRegs saved) || !tracee.TryGetSigMask(out ulong mask))
        {
            return false;
        }

        saved.rip = resumeVaddr == 0 ? saved.rip : resumeVaddr;
        UserRegs regs = saved;
        regs.rip = place.Vaddr;

        // The code there is 64-bit code, whatever the thread runs: then it is a 64-bit call, too.
        (regs.cs, regs.ss) = (ExecutionModes.UserCode64, ExecutionModes.UserData);
        X64Syscall.Prepare(ref regs, call.Number, call.A0, call.A1, call.A2, call.A3, call.A4, call.A5);
        if (!TryWriteFrame(place, in saved)
            || (deferred != null && !tracee.TrySetSigMask(MaskOfCalls(mask)))
            || !tracee.TrySetRegs(in regs))
        {
            return false;
        }

        bool isStopped = false;
        if (!TryCall(tracee, waits, deferred, ref isStopped, out interruption))
        {
            _ = interruption is not { IsEnd: false } || tracee.TrySetRegs(in saved);
            return false;
        }

        bool known = tracee.TryGetRegs(out regs);
        result = unchecked((long)regs.rax);
        return known
            && tracee.TrySetRegs(in saved)
            && (deferred is not { Count: > 0 } || TryReachSignalStop(tracee, waits, deferred, ref isStopped))
            && (deferred == null || tracee.TrySetSigMask(mask))

            // Reports the group-stop once more, unless it has ended meanwhile.
            && (!isStopped || tracee.Interrupt());
    }

    /// <summary>The mask that a thread has while signals wait for the end of a call, or of a step.</summary>
    /// <param name="mask">Its own.</param>
    public static ulong MaskOfCalls(ulong mask) => (mask | ~InsnSignals) & ~SigTrapBit;

    private static bool TryWriteFrame(SyscallPlace place, in UserRegs saved)
    {
        if (place.Frame is not { } memory)
        {
            return true;
        }

        Span<byte> frame = stackalloc byte[SyscallFrame.Size];
        SyscallFrame.Format(in saved, saved.rip, frame);
        return memory.TryWrite(place.Vaddr, frame);
    }

    private static bool TryCall(
        Tracee tracee, WaitQueue waits, Queue<DeferredSignal>? deferred, ref bool isStopped, out WaitStatus? interruption)
    {
        interruption = null;
        int signal = 0;
        for (int stops = 0; stops < StopsOfACall;)
        {
            tracee.ContToSyscall(signal);
            if (!TryNextStop(tracee, waits, out WaitStatus status))
            {
                return false;
            }

            if (status.Kind == WaitStatusKind.SignalStop && deferred == null)
            {
                interruption = status;
                return false;
            }

            stops += status.Kind == WaitStatusKind.SyscallStop ? 1 : 0;
            isStopped |= status.Kind == WaitStatusKind.GroupStop;
            signal = TakeSignal(tracee, status, deferred);
        }

        return true;
    }

    private static bool TryReachSignalStop(Tracee tracee, WaitQueue waits, Queue<DeferredSignal> deferred, ref bool isStopped)
    {
        WaitStatus status;
        int signal = (int)Signum.SIGTRAP;
        do
        {
            tracee.Cont(signal);
            if (!TryNextStop(tracee, waits, out status))
            {
                return false;
            }

            isStopped |= status.Kind == WaitStatusKind.GroupStop;
            signal = IsOurTrap(tracee, status) ? 0 : TakeSignal(tracee, status, deferred);
        }
        while (status is not { Kind: WaitStatusKind.SignalStop, Signal: Signum.SIGTRAP });

        return true;
    }

    private static bool TryNextStop(Tracee tracee, WaitQueue waits, out WaitStatus status)
    {
        if (!waits.TryWaitFor(tracee.Tid, out status))
        {
            return false;
        }

        if (status.IsEnd)
        {
            waits.Keep(tracee.Tid, status);
            return false;
        }

        tracee.Stopped();
        return true;
    }

    // The signal to deliver at once.
    private static int TakeSignal(Tracee tracee, WaitStatus status, Queue<DeferredSignal>? deferred)
    {
        if (status.Kind != WaitStatusKind.SignalStop || status.Signal == Signum.SIGSTOP)
        {
            return status.Kind == WaitStatusKind.SignalStop ? (int)Signum.SIGSTOP : 0;
        }

        if (tracee.TryGetSigInfo(out SigInfo info))
        {
            deferred?.Enqueue(new DeferredSignal((int)status.Signal, info));
        }

        return 0;
    }

    private static bool IsOurTrap(Tracee tracee, WaitStatus status) =>
        status is { Kind: WaitStatusKind.SignalStop, Signal: Signum.SIGTRAP } && tracee.TryGetSigInfo(out SigInfo info) && info.si_code == SigInfo.SI_KERNEL;
}
