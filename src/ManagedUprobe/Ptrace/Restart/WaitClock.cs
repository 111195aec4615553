using System;
using System.Collections.Generic;
using ManagedUprobe.Native;

namespace ManagedUprobe.Ptrace.Restart;

/// <summary>
/// Knows when the present wait of each thread began: at a stop nothing in the thread tells any more. Looks every few
/// milliseconds; where a process has used no CPU time since the last look, that is one clock_gettime.
/// </summary>
/// <remarks>Calls come from one thread (the tracer's). Nothing here stops or disturbs a thread.</remarks>
internal sealed class WaitClock : IDisposable
{
    /// <summary>Distance of two looks: what a wait can be late by when a stop ends it.</summary>
    public const long PeriodNs = 4_000_000;

    /// <summary>What the distance grows to where many busy threads make a look dear.</summary>
    public const long MaxPeriodNs = 6_000_000;

    private const int LookShare = 8;

    // Thousands of busy threads: a look takes longer than the longest distance, and must still leave time for hits.
    private const int LeastLookShare = 4;

    private readonly Dictionary<int, WatchedThread> _threads = [];
    private readonly List<WatchedProcess> _processes = [];
    private readonly RunQueueClock _runQueues = new();

    /// <summary>When <see cref="Poll"/> is due, in ns of CLOCK_MONOTONIC; long.MaxValue when nobody is watched.</summary>
    public long NextPollNs { get; private set; } = long.MaxValue;

    /// <summary>Closes files.</summary>
    public void Dispose()
    {
        foreach (WatchedThread thread in _threads.Values)
        {
            thread.Dispose();
        }

        _threads.Clear();
        _processes.Clear();
        _runQueues.Dispose();
    }

    /// <summary>
    /// Begins to watch a thread; <paramref name="alreadyRan"/> when it may be in a wait that began long ago (attached, not new
    /// by clone, fork or exec).
    /// </summary>
    /// <remarks>For an attached thread: before its first stop, which would wipe out when its wait began.</remarks>
    public void Add(int pid, int tid, bool alreadyRan)
    {
        Remove(tid);
        var thread = new WatchedThread(pid, tid);
        _threads.Add(tid, thread);
        ProcessOf(pid).Add(thread);
        NextPollNs = Math.Min(NextPollNs, Libc.MonotonicNs() + PeriodNs);
        if (alreadyRan)
        {
            thread.Look();
            thread.BackDate(_runQueues);
        }
    }

    /// <summary>Forgets a thread that ended or is let go; an unknown one is no error.</summary>
    public void Remove(int tid)
    {
        if (!_threads.Remove(tid, out WatchedThread? thread))
        {
            return;
        }

        WatchedProcess process = ProcessOf(thread.Pid);
        if (process.Remove(thread) == 0)
        {
            _processes.Remove(process);
        }

        thread.Dispose();
        NextPollNs = _threads.Count == 0 ? long.MaxValue : NextPollNs;
    }

    /// <summary>Looks; to be called when <see cref="NextPollNs"/> has come (earlier is right but costs).</summary>
    public void Poll(long nowNs)
    {
        // Other work has kept us: what began meanwhile is known less well than it should be.
        RunQueueClock? late = nowNs - NextPollNs > PeriodNs ? _runQueues : null;
        foreach (WatchedProcess process in _processes)
        {
            process.Look(late);
        }

        long costNs = Libc.MonotonicNs() - nowNs;
        NextPollNs = _threads.Count == 0
            ? long.MaxValue
            : nowNs + Math.Max(Math.Clamp(costNs * LookShare, PeriodNs, MaxPeriodNs), costNs * LeastLookShare);
    }

    /// <summary>A thread is about to be interrupted: whatever it waited in before the wait that it is in now is over.</summary>
    public void BeforeInterrupt(int tid)
    {
        if (_threads.TryGetValue(tid, out WatchedThread? thread))
        {
            thread.BeforeInterrupt(_runQueues);
        }
    }

    /// <summary>When the wait began that a stop has just ended, by the unchanged registers of the stop.</summary>
    /// <returns>False when it began after the last look.</returns>
    public bool TryGetStart(int tid, in UserRegs regs, out long startNs)
    {
        startNs = 0;
        return _threads.TryGetValue(tid, out WatchedThread? thread) && thread.TryGetStart(regs, out startNs);
    }

    private WatchedProcess ProcessOf(int pid)
    {
        foreach (WatchedProcess process in _processes)
        {
            if (process.Pid == pid)
            {
                return process;
            }
        }

        var created = new WatchedProcess(pid);
        _processes.Add(created);
        return created;
    }
}
