using System;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Ptrace;

/// <summary>Waits for the next stop of any tracee, in the way that turns out to be the fastest here. Tracer thread.</summary>
internal sealed class StopWaiter
{
    // As late as that is noticed that the kernel has moved the target, which it may do before the other CPU is held.
    private const int StopsBetweenJoins = 32;

    private readonly WaitPolicy _policy = new();
    private readonly CpuHolder _holder = new();
    private readonly byte[] _allowed = new byte[Libc.AffinityLength];
    private int _untilJoin;

    /// <summary>Tells on which CPU a stopped thread ran last; -1: unknown.</summary>
    public Func<int, int>? CpuOf { get; set; }

    /// <summary>When the last wait ended, CLOCK_MONOTONIC.</summary>
    public long LastStopNs { get; private set; }

    /// <summary>Waits until a tracee has stopped or ended, which can then be looked at again.</summary>
    /// <returns>False when there is nobody to wait for.</returns>
    public bool Wait(out int tid, out int raw)
    {
        bool any = (_policy.Way == WaitWay.Looking && Look(out tid, out raw)) || Libc.PeekAny(block: true, out tid, out raw) == 0;
        LastStopNs = MonotonicClock.Now;
        _policy.OnStop(LastStopNs);
        if (_policy.IsTrialDue)
        {
            _policy.BeginTrial(canLook: !Libc.TryGetOnlyCpu(0, out _), canBeTogether: TryGetOther(tid, out _, out _));
        }

        if (_policy.Way == WaitWay.Together)
        {
            StayTogether(tid);
        }
        else if (_holder.Cpu >= 0)
        {
            _holder.Release();
        }

        return any;
    }

    /// <summary>The session ends: nothing of ours runs beside this thread any more.</summary>
    public void End() => _holder.End();

    private static bool Look(out int tid, out int raw)
    {
        long end = MonotonicClock.Now + WaitPolicy.LookNs;
        do
        {
            if (Libc.PeekAny(block: false, out tid, out raw) != 0)
            {
                // Nobody is left: the wait that follows says so.
                return false;
            }

            if (tid != 0)
            {
                return true;
            }
        }
        while (MonotonicClock.Now < end);

        return false;
    }

    private void StayTogether(int tid)
    {
        _holder.GoOn(LastStopNs);
        if (_holder.Cpu >= 0 && --_untilJoin > 0)
        {
            return;
        }

        _untilJoin = StopsBetweenJoins;
        if (TryGetOther(tid, out int cpu, out int other))
        {
            Join(cpu);
            if (_holder.Cpu != other)
            {
                _holder.Hold(other, LastStopNs);
            }
        }
    }

    // To the target's CPU, and not confined to it: what this thread starts must not be, either.
    private void Join(int cpu)
    {
        if (Libc.CurrentCpu != cpu && Libc.GetAffinity(0, _allowed) == 0 && Libc.SetOnlyCpu(0, cpu) == 0)
        {
            _ = Libc.SetAffinity(0, _allowed);
        }
    }

    // Where a thread runs, and the only other CPU where it and we may run.
    private bool TryGetOther(int tid, out int cpu, out int other)
    {
        cpu = CpuOf?.Invoke(tid) ?? -1;
        other = -1;
        return cpu >= 0 && Libc.TryGetOtherCpu(tid, cpu, out other) && Libc.TryGetOtherCpu(0, cpu, out int own) && own == other;
    }
}
