using System.Diagnostics;
using ManagedUprobe.Native;
using Mono.Unix.Native;

namespace ManagedUprobe.Ptrace;

/// <summary>One traced thread and the ptrace requests on it.</summary>
/// <remarks>
/// Precondition of every method: tracer thread. A false result means that the thread is gone (a SIGKILL takes it out of any stop at any instant):
/// its end will be waited for, nothing else needs to be done.
/// </remarks>
[DebuggerDisplay("{Tid} {State}")]
internal sealed class Tracee
{
    /// <summary>Creates the record of a thread that is seized.</summary>
    public Tracee(int tid, TraceeState state)
    {
        Tid = tid;
        State = state;
    }

    /// <summary>Thread id in the tracer's PID namespace. Changes when the thread executes a program and is not the leader.</summary>
    public int Tid { get; private set; }

    /// <summary>Whether requests are possible.</summary>
    public TraceeState State { get; private set; }

    /// <summary>exec gave the thread the id of its leader.</summary>
    public void TakeTid(int tid) => Tid = tid;

    /// <summary>A stop of the thread was waited for.</summary>
    public void Stopped() => State = TraceeState.Stopped;

    /// <summary>The thread ended, or the tracer let it go.</summary>
    public void Gone() => State = TraceeState.Gone;

    /// <summary>Reads the general registers.</summary>
    public bool TryGetRegs(out UserRegs regs) => Libc.PtraceGetRegs(Tid, out regs) == 0;

    /// <summary>Writes the general registers.</summary>
    public bool TrySetRegs(in UserRegs regs) => Libc.PtraceSetRegs(Tid, in regs) == 0;

    /// <summary>Writes the instruction pointer alone.</summary>
    public bool TrySetIp(ulong rip) => Libc.PtracePokeRip(Tid, rip) == 0;

    /// <summary>siginfo of the present signal-delivery-stop.</summary>
    public bool TryGetSigInfo(out SigInfo info) => Libc.PtraceGetSigInfo(Tid, out info) == 0;

    /// <summary>Replaces the siginfo that is delivered on resuming.</summary>
    public bool TrySetSigInfo(in SigInfo info) => Libc.PtraceSetSigInfo(Tid, in info) == 0;

    /// <summary>Blocked signals.</summary>
    public bool TryGetSigMask(out ulong mask) => Libc.PtraceGetSigMask(Tid, out mask) == 0;

    /// <summary>Replaces the blocked signals.</summary>
    public bool TrySetSigMask(ulong mask) => Libc.PtraceSetSigMask(Tid, mask) == 0;

    /// <summary>Message of the present event stop.</summary>
    public bool TryGetEventMessage(out ulong message) => Libc.PtraceGetEventMessage(Tid, out message) == 0;

    /// <summary>Address of the thread's rseq area; 0 when it has none, or the kernel does not tell.</summary>
    public ulong RseqArea() =>
        Libc.PtraceGetRseqConfiguration(Tid, out RseqConfiguration configuration) == 0 ? configuration.rseq_abi_pointer : 0;

    /// <summary>Asks a running thread to stop (PTRACE_EVENT_STOP).</summary>
    public bool Interrupt() => Libc.PtraceInterrupt(Tid) == 0;

    /// <summary>Lets the thread run, delivering <paramref name="signal"/> (0: none).</summary>
    public void Cont(int signal = 0) => Resumed(Libc.PtraceCont(Tid, signal));

    /// <summary>Lets the thread run up to the next system call entry or exit.</summary>
    public void ContToSyscall(int signal = 0) => Resumed(Libc.PtraceSyscall(Tid, signal));

    /// <summary>Lets the thread execute one instruction.</summary>
    public void SingleStep(int signal = 0) => Resumed(Libc.PtraceSingleStep(Tid, signal));

    /// <summary>Leaves the thread in its group-stop; SIGCONT will be reported.</summary>
    public void Listen()
    {
        Resumed(Libc.PtraceListen(Tid));
        State = TraceeState.Listening;
    }

    /// <summary>Lets the thread go for good; precondition: stopped.</summary>
    public void Detach(int signal = 0)
    {
        _ = Libc.PtraceDetach(Tid, signal);
        State = TraceeState.Gone;
    }

    private void Resumed(Errno errno)
    {
        // ESRCH: killed meanwhile; the end is reported by wait as for a running thread.
        _ = errno;
        State = TraceeState.Running;
    }
}
