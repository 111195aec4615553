using System;
using System.Collections.Generic;
using ManagedUprobe.Arch;
using ManagedUprobe.Arch.X64;
using ManagedUprobe.Native;
using Mono.Unix.Native;

namespace ManagedUprobe.Ptrace;

/// <summary>Runs system calls in a thread that stands at a breakpoint, and leaves no trace of it but their effect.</summary>
/// <remarks>
/// The call is followed by PTRACE_SYSCALL to its entry and its exit. Not by a single step: the step's SIGTRAP is forced, and makes the kernel forget a program's SIGTRAP
/// handler, SIG_IGN or mask just as an int3 does. A thread at a breakpoint is in no system call, so nothing needs the kernel's restart code, which
/// an exit stop skips; a thread that was taken out of a call is interrupted once more behind it. Precondition: tracer thread; tracee stopped.
/// </remarks>
internal static class RemoteSyscall
{
    private const int StopsOfACall = 2;

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
        if (!tracee.TryGetRegs(out UserRegs saved))
        {
            return false;
        }

        saved.rip = resumeVaddr == 0 ? saved.rip : resumeVaddr;
        UserRegs regs = saved;
        regs.rip = place.Vaddr;
        X64Syscall.Prepare(ref regs, call.Number, call.A0, call.A1, call.A2, call.A3, call.A4, call.A5);
        if (!TryWriteFrame(place, in saved) || !tracee.TrySetRegs(in regs))
        {
            return false;
        }

        if (!TryFollow(tracee, waits, deferred, out interruption))
        {
            _ = interruption is not { IsEnd: false } || tracee.TrySetRegs(in saved);
            return false;
        }

        bool known = tracee.TryGetRegs(out regs);
        result = unchecked((long)regs.rax);
        return known && tracee.TrySetRegs(in saved);
    }

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

    private static bool TryFollow(Tracee tracee, WaitQueue waits, Queue<DeferredSignal>? deferred, out WaitStatus? interruption)
    {
        interruption = null;
        for (int stops = 0; stops < StopsOfACall;)
        {
            tracee.ContToSyscall();
            if (!waits.TryWaitFor(tracee.Tid, out WaitStatus status))
            {
                return false;
            }

            if (status.IsEnd)
            {
                waits.Keep(tracee.Tid, status);
                return false;
            }

            tracee.Stopped();
            if (status.Kind == WaitStatusKind.SyscallStop)
            {
                stops++;
            }
            else if (status.Kind == WaitStatusKind.SignalStop && deferred == null)
            {
                interruption = status;
                return false;
            }
            else if (status.Kind == WaitStatusKind.SignalStop && tracee.TryGetSigInfo(out SigInfo info))
            {
                deferred?.Enqueue(new DeferredSignal((int)status.Signal, info));
            }
        }

        return true;
    }
}
