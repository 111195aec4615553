using System.Runtime.InteropServices;
using Mono.Unix.Native;

namespace ManagedUprobe.Native;

internal static unsafe partial class Libc
{
    private const int SYS_gettid = 186;
    private const int SYS_tgkill = 234;
    private const int SYS_tkill = 200;
    private const int SYS_kcmp = 312;
    private const int KCMP_VM = 1;
    private const int SIG_SETMASK = 2;

    // glibc's and musl's struct sigaction: handler, 1024 bits of mask, flags, restorer.
    private const int SigactionSize = 152;
    private const int SigactionFlags = 136;
    private const int SA_NOCLDSTOP = 1;

    /// <summary>Thread id of the calling OS thread.</summary>
    public static int GetTid() => (int)syscall0(SYS_gettid);

    /// <summary>Process id of this process.</summary>
    public static int GetPid() => getpid();

    /// <summary>Sends a signal to one thread. Where a filter refuses the call its predecessor has to do.</summary>
    public static Errno TgKill(int tgid, int tid, Signum signal)
    {
        Errno errno = syscall3(SYS_tgkill, tgid, tid, (nint)signal) < 0 ? LastError : 0;
        if (errno is Errno.EPERM or Errno.ENOSYS)
        {
            errno = syscall3(SYS_tkill, tid, (nint)signal, 0) < 0 ? LastError : 0;
        }

        return errno;
    }

    /// <summary>Sends a signal to a process. Where a filter refuses the call its first thread is sent it.</summary>
    public static Errno Kill(int pid, Signum signal)
    {
        Errno errno = kill(pid, (int)signal) < 0 ? LastError : 0;
        return errno is Errno.EPERM or Errno.ENOSYS ? TgKill(pid, pid, signal) : errno;
    }

    /// <summary>Whether two tasks share one address space.</summary>
    /// <returns>0 with the answer, or why the kernel does not say (EPERM, ENOSYS under seccomp).</returns>
    public static Errno SameAddressSpace(int tid1, int tid2, out bool same)
    {
        nint order = syscall5(SYS_kcmp, tid1, tid2, KCMP_VM, 0, 0);
        same = order == 0;
        return order < 0 ? LastError : 0;
    }

    /// <summary>Replaces the calling thread's blocked signals.</summary>
    public static ulong SetSigMask(ulong mask)
    {
        // glibc's sigset_t is 1024 bits; the kernel's, and so everything that matters, are the first 64.
        ulong* wanted = stackalloc ulong[16];
        ulong* old = stackalloc ulong[16];
        new System.Span<ulong>(wanted, 16).Clear();
        wanted[0] = mask;
        _ = pthread_sigmask(SIG_SETMASK, wanted, old);
        return old[0];
    }

    /// <summary>No SIGCHLD is sent to this process for stops of tracees and children, only for their ends (SA_NOCLDSTOP); its handler stays.</summary>
    public static void SuppressStopSignals()
    {
        byte* action = stackalloc byte[SigactionSize];
        if (sigaction((int)Signum.SIGCHLD, null, action) == 0)
        {
            *(int*)(action + SigactionFlags) |= SA_NOCLDSTOP;
            _ = sigaction((int)Signum.SIGCHLD, action, null);
        }
    }

    [LibraryImport("libc", EntryPoint = "sigaction")]
    private static partial int sigaction(int signal, byte* action, byte* old);

    [LibraryImport("libc", EntryPoint = "getpid")]
    private static partial int getpid();

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "pthread_sigmask")]
    private static partial int pthread_sigmask(int how, ulong* set, ulong* old);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint syscall0(nint number);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint syscall3(nint number, nint a, nint b, nint c);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint syscall5(nint number, nint a, nint b, nint c, nint d, nint e);
}
