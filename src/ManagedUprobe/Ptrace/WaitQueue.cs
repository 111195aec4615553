using System;
using System.Collections.Generic;
using System.Threading;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Ptrace;

/// <summary>All waits of a tracer go through here: a stop that arrives while another one is wanted is not lost.</summary>
/// <remarks>
/// <para>The stop of a signal is looked at and not taken (WNOWAIT). A stop that was taken has lost its signal: if the tracer is killed then, the kernel lets the thread go on
/// without it, which behind an int3 is the middle of an instruction. Not taken, the signal is delivered and a handler in the target can pass the thread on. It follows
/// that whoever gets such a stop resumes the thread before the next look, or takes it (<see cref="Take"/>).</para>
/// <para>The kernel looks through the tracees in a fixed order, so the first of several busy threads would be served for ever. Every few stops the next
/// thread of a round is therefore asked for by its id, and as long as that finds one the round goes on. Precondition of every method: tracer thread.</para>
/// </remarks>
/// <param name="share">Told of each wait; null when nobody asks.</param>
internal sealed class WaitQueue(TracerShare? share = null)
{
    private const int StopsBetweenLooks = 4;
    private const int QuickLooks = 4000;

    // So often at most a round goes on before it is the turn of those that are not in it: tasks of our own, tracees that nobody knows yet.
    private const int MaxRound = 64;

    private readonly Queue<(int Tid, WaitStatus Status)> _kept = new(64);
    private readonly List<int> _round = [];
    private readonly StopWaiter _waiter = new();
    private int _next;
    private int _untilLook = StopsBetweenLooks;
    private int _untilAny = MaxRound;

    /// <summary>What the waits of this queue have cost; null unless it is measured.</summary>
    public TracerShare? Share { get; } = share;

    /// <summary>When the last wait that could block ended, CLOCK_MONOTONIC.</summary>
    public long LastStopNs => _waiter.LastStopNs;

    /// <summary>Tells on which CPU a stopped thread ran last, -1: unknown. Where to wait depends on it.</summary>
    public Func<int, int>? CpuOf
    {
        get => _waiter.CpuOf;
        set => _waiter.CpuOf = value;
    }

    /// <summary>Nobody is going to be waited for that comes again and again.</summary>
    public void EndStorm() => _waiter.End();

    /// <summary>A thread may have something to report from now on.</summary>
    public void Add(int tid) => _round.Add(tid);

    /// <summary>A thread ended, or was let go.</summary>
    public void Remove(int tid)
    {
        int index = _round.IndexOf(tid);
        if (index >= 0)
        {
            _round[index] = _round[^1];
            _round.RemoveAt(_round.Count - 1);
        }
    }

    /// <summary>The next stop or end; blocks until there is one.</summary>
    /// <returns>False when there is nobody to wait for.</returns>
    public bool TryNext(out int tid, out WaitStatus status) => TryGet(block: true, out tid, out status);

    /// <summary>Whether a stop is ready, without blocking.</summary>
    public bool TryPoll(out int tid, out WaitStatus status) => TryGet(block: false, out tid, out status);

    /// <summary>Blocks until <paramref name="wanted"/> stops or ends; its oldest kept status comes first.</summary>
    /// <returns>False when there is no such tracee.</returns>
    public bool TryWaitFor(int wanted, out WaitStatus status)
    {
        for (int i = _kept.Count; i > 0; i--)
        {
            (int Tid, WaitStatus Status) kept = _kept.Dequeue();
            if (kept.Tid == wanted)
            {
                RotateBy(i - 1);
                status = kept.Status;
                return true;
            }

            _kept.Enqueue(kept);
        }

        do
        {
            if (!TryAwait(wanted, out int raw))
            {
                status = default;
                return false;
            }

            status = new WaitStatus(raw);
        }
        while (!TrySettle(wanted, ref status));
        return true;
    }

    /// <summary>Puts a status back, to be handled later.</summary>
    public void Keep(int tid, WaitStatus status) => _kept.Enqueue((tid, status));

    /// <summary>Takes the stop of a thread that is not going to be resumed now, so that it is reported once.</summary>
    public static void Take(int tid) => _ = Libc.WaitFor(tid, block: false, out _, out _);

    // Sleeping in the kernel could last for ever: the end of a process is reported for its first thread only when the ends of all others have been taken.
    private bool TryAwait(int wanted, out int raw)
    {
        var patience = default(SpinWait);
        for (int look = 0; ; look++)
        {
            if (Libc.PeekFor(wanted, block: false, out int tid, out raw) != 0)
            {
                return false;
            }

            if (tid != 0)
            {
                return true;
            }

            if (look < QuickLooks)
            {
                _ = Thread.Yield();
            }
            else
            {
                KeepEnds();
                patience.SpinOnce(sleep1Threshold: 0);
            }
        }
    }

    private void KeepEnds()
    {
        foreach (int other in _round)
        {
            if (Libc.PeekFor(other, block: false, out int tid, out int raw) == 0 && tid != 0 && new WaitStatus(raw).IsEnd)
            {
                var status = new WaitStatus(raw);
                if (TrySettle(other, ref status))
                {
                    Keep(other, status);
                }
            }
        }
    }

    private bool TryGet(bool block, out int tid, out WaitStatus status)
    {
        if (_kept.TryDequeue(out (int Tid, WaitStatus Status) kept))
        {
            (tid, status) = kept;
            return true;
        }

        do
        {
            if (!TryPeek(block, out tid, out status))
            {
                return false;
            }
        }
        while (!TrySettle(tid, ref status));
        return true;
    }

    private bool TryPeek(bool block, out int tid, out WaitStatus status)
    {
        int raw;
        if (_round.Count > 1 && --_untilLook <= 0 && --_untilAny > 0)
        {
            _next = (_next + 1) % _round.Count;
            if (Libc.PeekFor(_round[_next], block: false, out tid, out raw) == 0 && tid != 0)
            {
                status = new WaitStatus(raw);
                return true;
            }

            _untilLook = StopsBetweenLooks;
        }

        _untilAny = _untilAny <= 0 ? MaxRound : _untilAny;
        bool any = (block ? Wait(out tid, out raw) : Libc.PeekAny(block: false, out tid, out raw) == 0) && tid != 0;
        status = new WaitStatus(raw);
        return any;
    }

    private bool Wait(out int tid, out int raw)
    {
        long start = Share == null ? 0 : MonotonicClock.Now;
        bool any = _waiter.Wait(out tid, out raw);
        Share?.OnStop(start, LastStopNs);
        return any;
    }

    // All but stops with a signal are taken at once: nothing is lost with them, and they may be left for a while. False when it is there no more: the
    // thread was killed in between, and reports that.
    private static bool TrySettle(int tid, ref WaitStatus status)
    {
        if (status.IsPlainStop)
        {
            return true;
        }

        bool taken = Libc.WaitFor(tid, block: false, out int taker, out int raw) == 0 && taker != 0;
        status = new WaitStatus(raw);
        return taken;
    }

    // Restores the order of the queue after an element was taken out of its middle.
    private void RotateBy(int count)
    {
        for (; count > 0; count--)
        {
            _kept.Enqueue(_kept.Dequeue());
        }
    }
}
