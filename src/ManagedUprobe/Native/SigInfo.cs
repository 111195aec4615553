using System.Runtime.InteropServices;

namespace ManagedUprobe.Native;

/// <summary>siginfo_t of x86-64 Linux: 128 bytes, of which the tracer reads the head and the fault address.</summary>
[StructLayout(LayoutKind.Sequential, Size = 128)]
internal struct SigInfo
{
    /// <summary>si_code of an int3 trap (SI_KERNEL).</summary>
    public const int SI_KERNEL = 0x80;

    /// <summary>si_code of a single step (TRAP_TRACE).</summary>
    public const int TRAP_TRACE = 2;

    /// <summary>si_code of a hardware breakpoint, and of int3 on some kernels (TRAP_BRKPT).</summary>
    public const int TRAP_BRKPT = 1;

    public int si_signo;
    public int si_errno;
    public int si_code;
    public int padding;

    /// <summary>Fault address of SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP raised by the kernel.</summary>
    public ulong si_addr;

    /// <summary>si_status of SIGCHLD and waitid: an exit status, or the code of a stop.</summary>
    public int si_status;

    /// <summary>si_pid of SIGCHLD and waitid; it shares its place with <see cref="si_addr"/>.</summary>
    public readonly int si_pid => unchecked((int)si_addr);
}
