using System;
using System.Numerics;
using Mono.Unix.Native;

namespace ManagedUprobe.Native;

internal static unsafe partial class Libc
{
    /// <summary>Whether a thread may run on one CPU alone.</summary>
    /// <param name="tid">The thread; 0 for the calling one.</param>
    /// <param name="cpu">That CPU, else -1.</param>
    public static bool TryGetOnlyCpu(int tid, out int cpu)
    {
        cpu = -1;
        Span<ulong> allowed = stackalloc ulong[CpuSetWords];
        allowed.Clear();
        fixed (ulong* words = allowed)
        {
            if (sched_getaffinity(tid, sizeof(ulong) * CpuSetWords, (byte*)words) != 0)
            {
                return false;
            }
        }

        for (int i = 0; i < allowed.Length; i++)
        {
            if (allowed[i] == 0)
            {
                continue;
            }

            if (cpu >= 0 || !BitOperations.IsPow2(allowed[i]))
            {
                cpu = -1;
                return false;
            }

            cpu = (i * 64) + BitOperations.TrailingZeroCount(allowed[i]);
        }

        return cpu >= 0;
    }

    /// <summary>The CPUs that a thread may run on.</summary>
    /// <param name="tid">The thread; 0 for the calling one.</param>
    /// <param name="cpus"><see cref="AffinityLength"/> bytes.</param>
    public static Errno GetAffinity(int tid, Span<byte> cpus)
    {
        cpus.Clear();
        fixed (byte* words = cpus)
        {
            return sched_getaffinity(tid, (nuint)cpus.Length, words) == 0 ? 0 : LastError;
        }
    }

    /// <summary>Sets the CPUs that a thread may run on.</summary>
    /// <param name="tid">The thread; 0 for the calling one.</param>
    /// <param name="cpus">As <see cref="GetAffinity"/> gave them.</param>
    public static Errno SetAffinity(int tid, ReadOnlySpan<byte> cpus)
    {
        fixed (byte* words = cpus)
        {
            return sched_setaffinity(tid, (nuint)cpus.Length, words) == 0 ? 0 : LastError;
        }
    }

    /// <summary>Confines a thread to one CPU.</summary>
    /// <param name="tid">The thread; 0 for the calling one.</param>
    /// <param name="cpu">The CPU.</param>
    public static Errno SetOnlyCpu(int tid, int cpu)
    {
        Span<ulong> wanted = stackalloc ulong[CpuSetWords];
        wanted.Clear();
        wanted[cpu / 64] = 1UL << (cpu % 64);
        fixed (ulong* words = wanted)
        {
            return sched_setaffinity(tid, sizeof(ulong) * CpuSetWords, (byte*)words) == 0 ? 0 : LastError;
        }
    }
}
