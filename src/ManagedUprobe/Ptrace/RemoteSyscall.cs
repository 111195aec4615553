using System.Collections.Generic;
using ManagedUprobe.Arch;
using ManagedUprobe.Arch.X64;
using ManagedUprobe.Native;
using Mono.Unix.Native;

namespace ManagedUprobe.Ptrace;

/// <summary>Runs system calls in a stopped thread and leaves no trace of it but their effect.</summary>
/// <remarks>
/// Each call is one PTRACE_SINGLESTEP over a syscall instruction of the target. Finishing at a PTRACE_SYSCALL exit stop instead would skip the kernel's
/// restart of the call that the thread was in, which the program would see as errno 516. The thread's saved registers go back untouched, orig_rax included.
/// The call must not be one that replaces the thread's restart block (nanosleep, poll, futex wait). Precondition: tracer thread, tracee stopped, and not
/// at PTRACE_EVENT_EXEC (its own execve would overwrite rax).
/// </remarks>
internal static class RemoteSyscall
{
    /// <summary>Runs one call.</summary>
    /// <param name="tracee">The thread; stopped before and after.</param>
    /// <param name="waits">Where the end of the step is waited for.</param>
    /// <param name="syscallVaddr">Address of a syscall instruction in the target.</param>
    /// <param name="call">Number and arguments.</param>
    /// <param name="deferred">Signals that arrived meanwhile; the caller delivers them.</param>
    /// <param name="result">What the call returned: a value, or a negative errno.</param>
    /// <returns>False when the thread ended, or the instruction was none.</returns>
    public static bool TryRun(
        Tracee tracee,
        WaitQueue waits,
        ulong syscallVaddr,
        in SyscallArguments call,
        List<DeferredSignal> deferred,
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
        if (!tracee.TrySetRegs(in regs) || !TryStep(tracee, waits, syscallVaddr, deferred, out regs))
        {
            return false;
        }

        result = unchecked((long)regs.rax);
        return tracee.TrySetRegs(in saved);
    }

    private static bool TryStep(
        Tracee tracee, WaitQueue waits, ulong syscallVaddr, List<DeferredSignal> deferred, out UserRegs regs)
    {
        regs = default;
        while (true)
        {
            tracee.SingleStep();
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
            if (status.Kind == WaitStatusKind.SignalStop && !IsStep(tracee, status))
            {
                _ = tracee.TryGetSigInfo(out SigInfo info);
                deferred.Add(new DeferredSignal((int)status.Signal, info));
            }

            if (!tracee.TryGetRegs(out regs))
            {
                return false;
            }

            if (regs.rip != syscallVaddr)
            {
                return regs.rip == syscallVaddr + (ulong)X64Syscall.InsnLength;
            }
        }
    }

    private static bool IsStep(Tracee tracee, WaitStatus status) =>
        status.Signal == Signum.SIGTRAP
        && tracee.TryGetSigInfo(out SigInfo info)
        && info.si_code is SigInfo.TRAP_TRACE or SigInfo.TRAP_BRKPT;
}
