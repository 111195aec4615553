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
/// an exit stop skips. Precondition: tracer thread; tracee stopped in user code (orig_rax −1).
/// </remarks>
internal static class RemoteSyscall
{
    private const int StopsOfACall = 2;

    /// <summary>Runs one call.</summary>
    /// <param name="tracee">The thread; stopped before and after.</param>
    /// <param name="waits">Where the call's stops are waited for.</param>
    /// <param name="syscallVaddr">Address of a syscall instruction in the target.</param>
    /// <param name="call">Number and arguments.</param>
    /// <param name="deferred">Signals that arrived meanwhile; the caller delivers them.</param>
    /// <param name="result">What the call returned: a value, or a negative errno.</param>
    /// <returns>False when the thread ended.</returns>
    public static bool TryRun(
        Tracee tracee,
        WaitQueue waits,
        ulong syscallVaddr,
        in SyscallArguments call,
        Queue<DeferredSignal> deferred,
        out long result)
    {
        result = -(long)Errno.ESRCH;
        if (!tracee.TryGetRegs(out UserRegs saved))
        {
            return false;
        }

        UserRegs regs = saved;
        regs.rip = syscallVaddr;
        X64Syscall.Prepare(ref regs, call.Number, call.A0, call.A1, call.A2, call.A3, call.A4, call.A5);
        if (!tracee.TrySetRegs(in regs) || !TryFollow(tracee, waits, deferred) || !tracee.TryGetRegs(out regs))
        {
            return false;
        }

        result = unchecked((long)regs.rax);
        return tracee.TrySetRegs(in saved);
    }

    private static bool TryFollow(Tracee tracee, WaitQueue waits, Queue<DeferredSignal> deferred)
    {
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
            else if (status.Kind == WaitStatusKind.SignalStop && tracee.TryGetSigInfo(out SigInfo info))
            {
                deferred.Enqueue(new DeferredSignal((int)status.Signal, info));
            }
        }

        return true;
    }
}
