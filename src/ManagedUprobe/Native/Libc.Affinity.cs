using System;
using System.Numerics;
using System.Runtime.InteropServices;
using Mono.Unix.Native;

namespace ManagedUprobe.Native;

internal static unsafe partial class Libc
{
    /// <summary>The CPU that the calling thread runs on now.</summary>
    public static int CurrentCpu => sched_getcpu();

    /// <summary>Whether a thread may run on one CPU alone.</summary>
    /// <param name="tid">The thread; 0 for the calling one.</param>
    /// <param name="cpu">That CPU, else -1.</param>
    public static bool TryGetOnlyCpu(int tid, out int cpu) => TryGetOtherCpu(tid, -1, out cpu);

    /// <summary>Whether a thread may run on just one CPU besides <paramref name="cpu"/>.</summary>
    /// <param name="tid">The thread; 0 for the calling one.</param>
    /// <param name="cpu">A CPU, -1 for none.</param>
    /// <param name="other">That one, else -1.</param>
    public static bool TryGetOtherCpu(int tid, int cpu, out int other)
    {
        other = -1;
        Span<ulong> allowed = stackalloc ulong[CpuSetWords];
        if (GetAffinity(tid, MemoryMarshal.AsBytes(allowed)) != 0)
        {
            return false;
        }

        for (int i = 0; i < allowed.Length; i++)
        {
            ulong word = cpu / 64 == i && cpu >= 0 ? allowed[i] & ~(1UL << (cpu % 64)) : allowed[i];
            if (word == 0)
            {
                continue;
            }

            if (other >= 0 || !BitOperations.IsPow2(word))
            {
                other = -1;
                return false;
            }

            other = (i * 64) + BitOperations.TrailingZeroCount(word);
        }

        return other >= 0;
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

    [LibraryImport("libc")]
    [SuppressGCTransition]
    private static partial int sched_getcpu();
}
