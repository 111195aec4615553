using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Mono.Unix.Native;

namespace ManagedUprobe.Native;

/// <summary>
/// The border to libc and the kernel: every P/Invoke of the library, each declared once. Helpers return the errno (0 when all
/// went well), because for a tracer ESRCH is an ordinary outcome: any tracee may be killed at any instant.
/// </summary>
internal static unsafe partial class Libc
{
    private const int PR_SET_PTRACER = 0x59616d61;

    /// <summary>Attaches without stopping. Precondition of all requests below: the calling OS thread is the tracer.</summary>
    public static Errno PtraceSeize(int tid, PtraceOptions options) =>
        Request(PtraceRequest.PTRACE_SEIZE, tid, 0, (nint)options);

    /// <summary>Stops a seized thread (PTRACE_EVENT_STOP).</summary>
    public static Errno PtraceInterrupt(int tid) => Request(PtraceRequest.PTRACE_INTERRUPT, tid, 0, 0);

    /// <summary>Leaves a thread in its group-stop but lets it report SIGCONT.</summary>
    public static Errno PtraceListen(int tid) => Request(PtraceRequest.PTRACE_LISTEN, tid, 0, 0);

    /// <summary>Resumes; <paramref name="signal"/> is delivered (0: none).</summary>
    public static Errno PtraceCont(int tid, int signal) => Request(PtraceRequest.PTRACE_CONT, tid, 0, signal);

    /// <summary>Resumes until the next system call's entry or exit.</summary>
    public static Errno PtraceSyscall(int tid, int signal) => Request(PtraceRequest.PTRACE_SYSCALL, tid, 0, signal);

    /// <summary>Runs one instruction, or enters the handler of <paramref name="signal"/> and stops at its first.</summary>
    public static Errno PtraceSingleStep(int tid, int signal) => Request(PtraceRequest.PTRACE_SINGLESTEP, tid, 0, signal);

    /// <summary>Lets a stopped thread go.</summary>
    public static Errno PtraceDetach(int tid, int signal) => Request(PtraceRequest.PTRACE_DETACH, tid, 0, signal);

    /// <summary>Reads the general registers of a stopped thread.</summary>
    public static Errno PtraceGetRegs(int tid, out UserRegs regs)
    {
        fixed (UserRegs* data = &regs)
        {
            return Request(PtraceRequest.PTRACE_GETREGS, tid, 0, (nint)data);
        }
    }

    /// <summary>Writes the general registers of a stopped thread.</summary>
    public static Errno PtraceSetRegs(int tid, in UserRegs regs)
    {
        fixed (UserRegs* data = &regs)
        {
            return Request(PtraceRequest.PTRACE_SETREGS, tid, 0, (nint)data);
        }
    }

    /// <summary>Writes the instruction pointer alone: 40 % of the price of PTRACE_SETREGS.</summary>
    public static Errno PtracePokeRip(int tid, ulong rip)
    {
        // A constant to the compiler; Marshal.OffsetOf looks the name up each time in a native executable, and allocates.
        Unsafe.SkipInit(out UserRegs layout);
        nint offset = (nint)((byte*)&layout.rip - (byte*)&layout);
        return Request(PtraceRequest.PTRACE_POKEUSER, tid, offset, unchecked((nint)rip));
    }

    /// <summary>Reads a word of the memory of a stopped thread, through protection.</summary>
    public static Errno PtracePeek(int tid, ulong vaddr, out ulong word)
    {
        // libc gives the word back, and -1 is one.
        s_systemCalls++;
        Marshal.SetLastSystemError(0);
        nint result = ptrace((nint)PtraceRequest.PTRACE_PEEKDATA, tid, unchecked((nint)vaddr), 0);
        word = unchecked((ulong)result);
        return result == -1 ? (Errno)Marshal.GetLastSystemError() : 0;
    }

    /// <summary>Writes a word of the memory of a stopped thread, through read-only protection (a private page is copied first).</summary>
    public static Errno PtracePoke(int tid, ulong vaddr, ulong word) =>
        Request(PtraceRequest.PTRACE_POKEDATA, tid, unchecked((nint)vaddr), unchecked((nint)word));

    /// <summary>Message of the present PTRACE_EVENT stop: a new tid, or at exec the former tid.</summary>
    public static Errno PtraceGetEventMessage(int tid, out ulong message)
    {
        fixed (ulong* data = &message)
        {
            return Request(PtraceRequest.PTRACE_GETEVENTMSG, tid, 0, (nint)data);
        }
    }

    /// <summary>siginfo of the present signal-delivery-stop; EINVAL in a group-stop.</summary>
    public static Errno PtraceGetSigInfo(int tid, out SigInfo info)
    {
        fixed (SigInfo* data = &info)
        {
            return Request(PtraceRequest.PTRACE_GETSIGINFO, tid, 0, (nint)data);
        }
    }

    /// <summary>Replaces the siginfo that is delivered with the signal on resuming.</summary>
    public static Errno PtraceSetSigInfo(int tid, in SigInfo info)
    {
        fixed (SigInfo* data = &info)
        {
            return Request(PtraceRequest.PTRACE_SETSIGINFO, tid, 0, (nint)data);
        }
    }

    /// <summary>Blocked signals of a stopped thread, bit N-1 for signal N.</summary>
    public static Errno PtraceGetSigMask(int tid, out ulong mask)
    {
        fixed (ulong* data = &mask)
        {
            return Request(PtraceRequest.PTRACE_GETSIGMASK, tid, sizeof(ulong), (nint)data);
        }
    }

    /// <summary>Sets the blocked signals of a stopped thread.</summary>
    public static Errno PtraceSetSigMask(int tid, ulong mask) =>
        Request(PtraceRequest.PTRACE_SETSIGMASK, tid, sizeof(ulong), (nint)(&mask));

    /// <summary>Where a stopped thread registered its rseq area (Linux 5.13; ENODEV or EIO before).</summary>
    public static Errno PtraceGetRseqConfiguration(int tid, out RseqConfiguration configuration)
    {
        fixed (RseqConfiguration* data = &configuration)
        {
            // Success is the number of bytes that the kernel has, not 0.
            return Request(PtraceRequest.PTRACE_GET_RSEQ_CONFIGURATION, tid, sizeof(RseqConfiguration), (nint)data);
        }
    }

    /// <summary>The shadow stack pointer of a stopped thread: ENODEV when it has none, EINVAL when the kernel knows none (before Linux 6.6, or built without).</summary>
    public static Errno PtraceGetShadowStack(int tid, out ulong pointer)
    {
        const nint NT_X86_SHSTK = 0x204;
        fixed (ulong* data = &pointer)
        {
            nint* iov = stackalloc nint[] { (nint)data, sizeof(ulong) };
            return Request(PtraceRequest.PTRACE_GETREGSET, tid, NT_X86_SHSTK, (nint)iov);
        }
    }

    /// <summary>Lets a task trace this process where Yama would have it trace its descendants only.</summary>
    public static void AllowTracer(int tid) => _ = prctl(PR_SET_PTRACER, (nuint)tid, 0, 0, 0);

    /// <summary>System calls that the calling thread has made through ptrace, waits, and reads and writes at a position.</summary>
    public static long SystemCalls => s_systemCalls;

    [ThreadStatic]
    private static long s_systemCalls;

    private static Errno Request(PtraceRequest request, int tid, nint addr, nint data)
    {
        s_systemCalls++;
        return ptrace((nint)request, tid, addr, data) == -1 ? (Errno)Marshal.GetLastSystemError() : 0;
    }

    private static Errno LastError => (Errno)Marshal.GetLastPInvokeError();

    // Never blocks, so the runtime need not be told; then nothing comes between the call and its errno either.
    [LibraryImport("libc", EntryPoint = "ptrace")]
    [SuppressGCTransition]
    private static partial nint ptrace(nint request, int pid, nint addr, nint data);

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int prctl(int option, nuint argument2, nuint argument3, nuint argument4, nuint argument5);
}
