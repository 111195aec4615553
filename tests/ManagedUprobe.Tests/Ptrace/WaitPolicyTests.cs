using System;
using ManagedUprobe.Ptrace;
using Xunit;

namespace ManagedUprobe.Tests.Ptrace;

public sealed class WaitPolicyTests
{
    private readonly WaitPolicy _policy = new();
    private readonly long[] _stops = new long[3];
    private long _now = 1;
    private bool _canLook = true;
    private bool _canBeTogether = true;

    [Fact]
    public void LooksWhereLookingIsFaster()
    {
        Run(20_000, asleep: 50_000, looking: 20_000, together: 50_000);
        Assert.True(Looks > 15_000, $"{Looks} looks");
    }

    [Fact]
    public void StaysTogetherWhereThatIsFastest()
    {
        Run(20_000, asleep: 12_000, looking: 9_000, together: 5_000);
        Assert.True(Together > 17_000, $"{Together} together");
    }

    [Fact]
    public void SleepsWhereSleepingIsFaster()
    {
        Run(50_000, asleep: 10_000, looking: 40_000, together: 10_000);
        Assert.True(Looks + Together < 500, $"{Looks} looks, {Together} together");
    }

    [Fact]
    public void SleepsWhereAllElseKeepsTheTargetFromRunning()
    {
        Run(50_000, asleep: 10_000, looking: 4_000_000, together: 4_000_000);
        Assert.True(Looks + Together < 50, $"{Looks} looks, {Together} together");
    }

    [Fact]
    public void WhatThreadsStillGainFromBeingTogetherIsNotTakenForSleeping()
    {
        // The kernel moves a thread away some stops after it could.
        int since = 0;
        for (int i = 0; i < 100_000; i++)
        {
            bool isTogether = _policy.Way == WaitWay.Together;
            since = isTogether ? 0 : since + 1;
            Run(1, asleep: since < 50 ? 5_000 : 12_000, looking: 9_000, together: 6_000);
        }

        Assert.True(Together > 90_000, $"{Together} together");
    }

    [Fact]
    public void FollowsWhenItChanges()
    {
        Run(20_000, asleep: 50_000, looking: 20_000, together: 50_000);
        Forget();
        Run(20_000, asleep: 10_000, looking: 60_000, together: 10_000);
        Assert.True(Looks < 5_000, $"{Looks} looks");
        Forget();
        Run(100_000, asleep: 50_000, looking: 20_000, together: 50_000);
        Assert.True(Looks > 50_000, $"{Looks} looks");
        Forget();
        Run(100_000, asleep: 50_000, looking: 20_000, together: 10_000);
        Assert.True(Together > 50_000, $"{Together} together");
    }

    [Fact]
    public void SleepsBetweenStopsThatAreFarApart()
    {
        Run(10_000, asleep: 1_000_000, looking: 1_000_000, together: 1_000_000);
        Assert.Equal(0, Looks + Together);
    }

    [Theory]
    [InlineData(20_000, 50_000, (int)WaitWay.Looking)]
    [InlineData(50_000, 20_000, (int)WaitWay.Together)]
    public void AGapEndsAllButSleeping(long looking, long together, int expected)
    {
        Run(20_000, asleep: 50_000, looking, together);
        Assert.Equal((WaitWay)expected, _policy.Way);
        _now += 1_000_000_000;
        _policy.OnStop(_now);
        Assert.Equal(WaitWay.Asleep, _policy.Way);
    }

    [Fact]
    public void GapsKeepNothingFromBeingFoundOut()
    {
        for (int i = 0; i < 200; i++)
        {
            Run(1_000, asleep: 12_000, looking: 9_000, together: 5_000);
            _now += 1_000_000;
        }

        Assert.True(Together > 150_000, $"{Together} together");
        Forget();
        for (int i = 0; i < 200; i++)
        {
            Run(1_000, asleep: 5_000, looking: 9_000, together: 12_000);
            _now += 1_000_000;
        }

        Assert.True(Looks + Together < 50_000, $"{Looks} looks, {Together} together");
    }

    [Fact]
    public void WhatCannotBeIsNotTried()
    {
        _canLook = false;
        _canBeTogether = false;
        Run(10_000, asleep: 50_000, looking: 20_000, together: 20_000);
        Assert.Equal(0, Looks + Together);
    }

    [Fact]
    public void WhatCannotBeAnyMoreEnds()
    {
        Run(20_000, asleep: 50_000, looking: 20_000, together: 10_000);
        _canBeTogether = false;
        Run(20_000, asleep: 50_000, looking: 20_000, together: 10_000);
        Forget();
        Run(20_000, asleep: 50_000, looking: 20_000, together: 10_000);
        Assert.Equal(0, Together);
        Assert.True(Looks > 15_000, $"{Looks} looks");
    }

    private long Looks => _stops[(int)WaitWay.Looking];

    private long Together => _stops[(int)WaitWay.Together];

    private void Forget() => Array.Clear(_stops);

    private void Run(int stops, long asleep, long looking, long together)
    {
        for (int i = 0; i < stops; i++)
        {
            _stops[(int)_policy.Way]++;
            _now += _policy.Way switch
            {
                WaitWay.Looking => looking,
                WaitWay.Together => together,
                _ => asleep,
            };
            _policy.OnStop(_now);
            if (_policy.IsTrialDue)
            {
                _policy.BeginTrial(_canLook, _canBeTogether);
            }
        }
    }
}
