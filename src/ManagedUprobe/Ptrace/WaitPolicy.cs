namespace ManagedUprobe.Ptrace;

/// <summary>In which way to wait for the next stop. Decided by trying them.</summary>
/// <remarks>
/// <para>A tracer that sleeps is woken late where a second CPU is idle, and the kernel starts the target there, late as well: 12 µs a stop, or 50; 10 or 20 for one that looks for
/// stops from its own CPU; 5 where both stay on one CPU. Where the other CPU is busy, or the target shares ours, there is nothing to win: looking only takes time away from
/// the target. Which is the case cannot be told from outside and changes; so while stops come fast, the other ways are tried in turn, for a short run now and then,
/// and the fastest is kept.</para>
/// <para>What that burns is bounded: a look lasts <see cref="LookNs"/> at most, and a stop that does not come for <see cref="LongestGapNs"/> ends all but sleeping until
/// stops come fast again.</para>
/// </remarks>
internal sealed class WaitPolicy
{
    /// <summary>How long one look lasts before the tracer sleeps all the same.</summary>
    public const long LookNs = 60_000;

    /// <summary>Stops farther apart are no storm: sleeping will do.</summary>
    public const long LongestGapNs = 200_000;

    /// <summary>Stops of a trial that count.</summary>
    public const int TrialStops = 32;

    /// <summary>Stops before them where threads have to move: to one CPU, or away from it.</summary>
    public const int SettlingStops = 64;

    /// <summary>Stops until another way is tried, at first; doubled each time that one loses.</summary>
    public const int FirstPeriod = 256;

    // A trial of sleeping costs little, and what takes a CPU from others in vain is found out soon.
    private const int LongestPeriodAsleep = 1 << 16;
    private const int LongestPeriodAwake = 1 << 12;

    // A trial that goes this much worse is ended early.
    private const int HopelessFactor = 4;

    private const int Ways = 3;

    // Stops behind a gap that must come fast before anything but sleeping is worth it again.
    private const int StopsOfAStorm = 16;

    private int _period = FirstPeriod;
    private int _stops;
    private long _start = long.MinValue;
    private long _last = long.MinValue;
    private long _keptMean;
    private WaitWay _kept;
    private WaitWay _tried;
    private bool _inTrial;
    private int _untilStorm;

    /// <summary>How the next wait is done.</summary>
    public WaitWay Way => _untilStorm > 0 ? WaitWay.Asleep : Chosen;

    /// <summary>Whether it is time for a trial, and to see what can be tried.</summary>
    public bool IsTrialDue => !_inTrial && _stops >= _period;

    private WaitWay Chosen => _inTrial ? _tried : _kept;

    /// <summary>Begins a trial. Precondition: it is due.</summary>
    /// <param name="canLook">Whether there is another CPU to look from.</param>
    /// <param name="canBeTogether">Whether the other CPU can be held.</param>
    public void BeginTrial(bool canLook, bool canBeTogether)
    {
        _keptMean = (_last - _start) / _stops;
        _kept = IsPossible(_kept) ? _kept : WaitWay.Asleep;
        for (int i = 0; i < Ways && !_inTrial; i++)
        {
            _tried = (WaitWay)(((int)_tried + 1) % Ways);
            _inTrial = _tried != _kept && IsPossible(_tried);
        }

        Restart(isMove: _inTrial && (_tried == WaitWay.Together || _kept == WaitWay.Together));

        bool IsPossible(WaitWay way) => way switch
        {
            WaitWay.Looking => canLook,
            WaitWay.Together => canBeTogether,
            _ => true,
        };
    }

    /// <summary>A stop has come.</summary>
    /// <param name="nowNs">CLOCK_MONOTONIC.</param>
    public void OnStop(long nowNs)
    {
        long gapNs = _last == long.MinValue ? long.MaxValue : nowNs - _last;
        _last = nowNs;

        // At first a thread may have to be made: that takes longer, once.
        if (gapNs > LongestGapNs && !(_inTrial && _stops == -SettlingStops))
        {
            OnGap(gapNs);
        }
        else
        {
            Count(nowNs, gapNs);
        }
    }

    // A gap is the target's own doing, or somebody else's, unless it comes in a trial: then a CPU that others need is the likely reason.
    private void OnGap(long gapNs)
    {
        if (_inTrial)
        {
            EndTrial(long.MaxValue);
            return;
        }

        Exclude(gapNs);
        _untilStorm = _kept == WaitWay.Asleep ? 0 : StopsOfAStorm;
    }

    // It says nothing of the way that is kept.
    private void Exclude(long ns)
    {
        if (_start != long.MinValue)
        {
            _start += ns;
        }
    }

    private void Count(long nowNs, long sinceLastNs)
    {
        if (_untilStorm > 0)
        {
            _untilStorm--;
            Exclude(sinceLastNs);
            return;
        }

        _stops++;
        if (_stops <= 0)
        {
            return;
        }

        if (_start == long.MinValue)
        {
            _start = nowNs;
            _stops = 0;
            return;
        }

        long spent = nowNs - _start;
        if (_inTrial && (_stops >= TrialStops || spent > _keptMean * TrialStops * HopelessFactor))
        {
            EndTrial(spent / _stops);
        }
    }

    private void EndTrial(long mean)
    {
        bool wins = mean < _keptMean - (_keptMean / 8);
        _kept = wins ? _tried : _kept;
        int longest = _kept == WaitWay.Asleep ? LongestPeriodAsleep : LongestPeriodAwake;
        _period = wins ? FirstPeriod : _period < longest ? _period * 2 : longest;
        _inTrial = false;
        Restart(isMove: (_tried == WaitWay.Together) != wins);
    }

    private void Restart(bool isMove)
    {
        _stops = isMove ? -SettlingStops : 0;
        _start = long.MinValue;
    }
}
