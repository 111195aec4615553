namespace ManagedUprobe.Ptrace;

/// <summary>Whether to wait for the next stop by looking for it again and again, or asleep. Decided by trying both.</summary>
/// <remarks>
/// <para>A tracer that sleeps is woken late where a second CPU is idle: 50 µs a stop, 20 µs for one that looks. Where the other CPU is busy, or the target
/// shares ours, looking only takes time away from it. Which is the case cannot be told from outside and changes; so while stops come fast, each
/// way is tried for a short run now and then, and the faster one is kept.</para>
/// <para>What it burns is bounded: a look lasts <see cref="LookNs"/> at most, and one that finds nothing for <see cref="LongestGapNs"/> ends looking until
/// stops come fast again.</para>
/// </remarks>
internal sealed class SpinPolicy
{
    /// <summary>How long one look lasts before the tracer sleeps all the same.</summary>
    public const long LookNs = 60_000;

    /// <summary>Stops farther apart are no storm: looking for them is not worth it.</summary>
    public const long LongestGapNs = 200_000;

    /// <summary>Stops of a trial.</summary>
    public const int TrialStops = 32;

    /// <summary>Stops until the other way is tried again, at first; doubled each time that it loses.</summary>
    public const int FirstPeriod = 512;

    // A trial of sleeping costs little, and looking in vain takes a CPU from others: that is found out soon.
    private const int LongestPeriodAsleep = 1 << 16;
    private const int LongestPeriodLooking = 1 << 12;

    // A trial that goes this much worse is ended early.
    private const int HopelessFactor = 4;

    private int _period = FirstPeriod;
    private int _stops;
    private long _start = long.MinValue;
    private long _last = long.MinValue;
    private long _keptMean;
    private bool _kept;
    private bool _inTrial;

    /// <summary>Whether the next wait looks before it sleeps.</summary>
    public bool Spins => _kept != _inTrial;

    /// <summary>Whether the next stop begins a trial: the moment to see whether there is a CPU to look from.</summary>
    public bool IsTrialDue => !_inTrial && _stops >= _period - 1;

    /// <summary>There is one CPU only: sleeps from now on, until a period later.</summary>
    public void ForbidTrial()
    {
        _kept = false;
        Restart();
    }

    /// <summary>A stop has come.</summary>
    /// <param name="nowNs">CLOCK_MONOTONIC.</param>
    public void OnStop(long nowNs)
    {
        bool isGap = _last == long.MinValue || nowNs - _last > LongestGapNs;
        _last = nowNs;
        if (isGap)
        {
            OnGap();
        }
        else
        {
            Count(nowNs);
        }
    }

    // A gap is the target's own doing, unless it comes in a trial of looking: then a CPU that others need is the likely reason.
    private void OnGap()
    {
        if (_inTrial)
        {
            EndTrial(long.MaxValue);
        }
        else
        {
            _kept = false;
            Restart();
        }
    }

    private void Count(long nowNs)
    {
        if (_start == long.MinValue)
        {
            _start = nowNs;
            _stops = 0;
            return;
        }

        _stops++;
        long spent = nowNs - _start;
        if (_inTrial)
        {
            if (_stops >= TrialStops || spent > _keptMean * TrialStops * HopelessFactor)
            {
                EndTrial(spent / _stops);
            }
        }
        else if (_stops >= _period)
        {
            _keptMean = spent / _stops;
            _inTrial = true;
            Restart();
        }
    }

    private void EndTrial(long mean)
    {
        bool wins = mean < _keptMean - (_keptMean / 8);
        _kept = wins ? !_kept : _kept;
        int longest = _kept ? LongestPeriodLooking : LongestPeriodAsleep;
        _period = wins ? FirstPeriod : _period < longest ? _period * 2 : longest;
        _inTrial = false;
        Restart();
    }

    private void Restart()
    {
        _stops = 0;
        _start = long.MinValue;
    }
}
