using System;
using ManagedUprobe.Native;

namespace ManagedUprobe.Ptrace.Restart;

/// <summary>
/// Translates <c>se.exec_start</c>, which a thread's scheduling entity keeps while it sleeps, to CLOCK_MONOTONIC.
/// </summary>
/// <remarks>
/// Each CPU's run queue has a clock of its own: stolen and interrupt time are left out of it, so the clocks drift apart by
/// tens of milliseconds. The distance to CLOCK_MONOTONIC only grows. Measured after a sleep began, it gives a beginning that
/// is exact or late, never early. Calls come from one thread, which is moved to the CPU in question for some microseconds.
/// </remarks>
internal sealed class RunQueueClock : IDisposable
{
    private const int MaxCpus = 8192;

    private ThreadFiles? _self;
    private long[] _distances = new long[64];
    private long[] _measuredNs = new long[64];

    /// <summary>Closes files.</summary>
    public void Dispose() => _self?.Dispose();

    /// <summary>When a thread that sleeps went to sleep, in ns of CLOCK_MONOTONIC.</summary>
    /// <returns>False when the kernel does not tell, or its CPU is closed to us.</returns>
    public bool TryGetSleepStart(ThreadFiles thread, out long startNs)
    {
        startNs = 0;
        if (!thread.TryGetExecStart(out long clockNs, out int cpu, out bool isAsleep) || !isAsleep || cpu is < 0 or >= MaxCpus
            || !TryGetDistance(cpu, clockNs, out long distance))
        {
            return false;
        }

        startNs = Math.Min(clockNs + distance, Libc.MonotonicNs());
        return true;
    }

    private bool TryGetDistance(int cpu, long clockNs, out long distance)
    {
        if (cpu >= _distances.Length)
        {
            Array.Resize(ref _distances, cpu + 1);
            Array.Resize(ref _measuredNs, cpu + 1);
        }

        // One that was measured before the sleep began would be too small, and the wait end early.
        if (_measuredNs[cpu] <= clockNs + _distances[cpu])
        {
            long now = Libc.MonotonicNs();
            if (!TryMeasure(cpu, out distance))
            {
                return false;
            }

            _distances[cpu] = distance;
            _measuredNs[cpu] = now;
        }

        distance = _distances[cpu];
        return true;
    }

    private bool TryMeasure(int cpu, out long distance)
    {
        const int Attempts = 3;
        ThreadFiles self = _self ??= new ThreadFiles(Libc.GetPid(), Libc.GetTid());
        Span<byte> affinity = stackalloc byte[Libc.AffinityLength];
        distance = long.MaxValue;
        if (Libc.EnterCpu(cpu, affinity) != 0)
        {
            return false;
        }

        for (int i = 0; i < Attempts; i++)
        {
            // exec_start of a thread that runs is that of its last accounting, which sched_yield (or a tick) brings about.
            // The time is taken behind it, so that each measurement is too large rather than too small.
            Libc.Yield();
            if (self.TryGetExecStart(out long clockNs, out int at, out _) && at == cpu)
            {
                distance = Math.Min(distance, Libc.MonotonicNs() - clockNs);
            }
        }

        Libc.LeaveCpu(affinity);
        return distance != long.MaxValue;
    }
}
