using System;
using System.Runtime.InteropServices;
using Mono.Unix.Native;

namespace ManagedUprobe.Native;

internal static unsafe partial class Libc
{
    private const int CLOCK_MONOTONIC = 1;
    private const int SOL_SOCKET = 1;
    private const int SYS_pidfd_open = 434;
    private const int SYS_pidfd_getfd = 438;
    private const int CpuSetWords = 128;

    /// <summary>SO_RCVTIMEO of asm-generic/socket.h, with a struct timeval.</summary>
    public const int SO_RCVTIMEO = 20;

    /// <summary>SO_SNDTIMEO of asm-generic/socket.h, with a struct timeval.</summary>
    public const int SO_SNDTIMEO = 21;

    /// <summary>CLOCK_MONOTONIC in ns: the clock of all relative timeouts.</summary>
    public static long MonotonicNs() => ClockNs(CLOCK_MONOTONIC, out long ns) == 0 ? ns : 0;

    /// <summary>CPU time that all threads of a process have used, in ns; exact, no permission needed.</summary>
    public static Errno ProcessCpuNs(int pid, out long ns)
    {
        const int CPUCLOCK_SCHED = 2;
        return ClockNs((~pid << 3) | CPUCLOCK_SCHED, out ns);
    }

    /// <summary>A descriptor of ours for descriptor <paramref name="remoteFd"/> of a process; the caller closes it.</summary>
    public static Errno GetRemoteDescriptor(int pid, int remoteFd, out int fd)
    {
        fd = -1;
        nint pidfd = syscall3(SYS_pidfd_open, pid, 0, 0);
        if (pidfd < 0)
        {
            return LastError;
        }

        fd = (int)syscall3(SYS_pidfd_getfd, pidfd, remoteFd, 0);
        Errno errno = fd < 0 ? LastError : 0;
        Close((int)pidfd);
        return errno;
    }

    /// <summary>A socket's SO_RCVTIMEO or SO_SNDTIMEO in µs; 0 means endless (or more than 68 years).</summary>
    public static Errno GetSocketTimeout(int fd, int option, out long microseconds)
    {
        long* timeval = stackalloc long[2];
        uint length = sizeof(long) * 2;
        int result = getsockopt(fd, SOL_SOCKET, option, timeval, &length);
        microseconds = result < 0 || timeval[0] > int.MaxValue ? 0 : (timeval[0] * 1_000_000) + timeval[1];
        return result < 0 ? LastError : 0;
    }

    /// <summary>Sets a socket's SO_RCVTIMEO or SO_SNDTIMEO.</summary>
    public static Errno SetSocketTimeout(int fd, int option, long microseconds)
    {
        long* timeval = stackalloc long[2];
        timeval[0] = microseconds / 1_000_000;
        timeval[1] = microseconds % 1_000_000;
        return setsockopt(fd, SOL_SOCKET, option, timeval, sizeof(long) * 2) < 0 ? LastError : 0;
    }

    /// <summary>
    /// Runs the calling thread on one CPU until <paramref name="affinity"/> is given back to <see cref="LeaveCpu"/>.
    /// </summary>
    /// <remarks><paramref name="affinity"/> (<see cref="AffinityLength"/> bytes) receives the CPUs that were allowed.</remarks>
    public static Errno EnterCpu(int cpu, Span<byte> affinity)
    {
        ulong* wanted = stackalloc ulong[CpuSetWords];
        new Span<ulong>(wanted, CpuSetWords).Clear();
        wanted[cpu / 64] = 1UL << (cpu % 64);
        fixed (byte* old = affinity)
        {
            bool entered = sched_getaffinity(0, (nuint)affinity.Length, old) == 0
                && sched_setaffinity(0, sizeof(ulong) * CpuSetWords, (byte*)wanted) == 0;
            return entered ? 0 : LastError;
        }
    }

    /// <summary>Undoes <see cref="EnterCpu"/>.</summary>
    public static void LeaveCpu(ReadOnlySpan<byte> affinity)
    {
        fixed (byte* old = affinity)
        {
            _ = sched_setaffinity(0, (nuint)affinity.Length, old);
        }
    }

    /// <summary>Bytes of a CPU set.</summary>
    public const int AffinityLength = CpuSetWords * sizeof(ulong);

    /// <summary>Whether a NUL-terminated path of /proc/PID/fd leads to a socket.</summary>
    public static bool IsSocketLink(ReadOnlySpan<byte> path)
    {
        Span<byte> target = stackalloc byte[8];
        fixed (byte* name = path, bytes = target)
        {
            return readlink_raw(name, bytes, (nuint)target.Length) >= 7 && target.StartsWith("socket:"u8);
        }
    }

    private static Errno ClockNs(int clock, out long ns)
    {
        long* timespec = stackalloc long[2];
        int result = clock_gettime(clock, timespec);
        ns = result < 0 ? 0 : (timespec[0] * 1_000_000_000) + timespec[1];
        return result < 0 ? LastError : 0;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    private static partial int clock_gettime(int clock, long* timespec);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    private static partial int getsockopt(int fd, int level, int option, void* value, uint* length);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int setsockopt(int fd, int level, int option, void* value, uint length);

    [LibraryImport("libc", EntryPoint = "sched_getaffinity", SetLastError = true)]
    private static partial int sched_getaffinity(int tid, nuint length, byte* set);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity", SetLastError = true)]
    private static partial int sched_setaffinity(int tid, nuint length, byte* set);

    [LibraryImport("libc", EntryPoint = "readlink")]
    private static partial nint readlink_raw(byte* path, byte* target, nuint size);
}
