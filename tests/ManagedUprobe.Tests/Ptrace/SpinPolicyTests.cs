using ManagedUprobe.Ptrace;
using Xunit;

namespace ManagedUprobe.Tests.Ptrace;

public sealed class SpinPolicyTests
{
    private readonly SpinPolicy _policy = new();
    private long _now = 1;
    private long _looks;

    [Fact]
    public void LooksWhereLookingIsFaster()
    {
        Run(20_000, asleep: 50_000, looking: 20_000);
        Assert.True(_looks > 15_000, $"{_looks} looks");
    }

    [Fact]
    public void SleepsWhereSleepingIsFaster()
    {
        Run(50_000, asleep: 10_000, looking: 40_000);
        Assert.True(_looks < 500, $"{_looks} looks");
    }

    [Fact]
    public void SleepsWhereLookingKeepsTheTargetFromRunning()
    {
        Run(50_000, asleep: 10_000, looking: 4_000_000);
        Assert.True(_looks < 50, $"{_looks} looks");
    }

    [Fact]
    public void FollowsWhenItChanges()
    {
        Run(20_000, asleep: 50_000, looking: 20_000);
        _looks = 0;
        Run(20_000, asleep: 10_000, looking: 60_000);
        Assert.True(_looks < 5_000, $"{_looks} looks");
        _looks = 0;
        Run(100_000, asleep: 50_000, looking: 20_000);
        Assert.True(_looks > 50_000, $"{_looks} looks");
    }

    [Fact]
    public void NeverLooksForStopsThatAreFarApart()
    {
        Run(10_000, asleep: 1_000_000, looking: 1_000_000);
        Assert.Equal(0, _looks);
    }

    [Fact]
    public void AGapEndsLooking()
    {
        Run(20_000, asleep: 50_000, looking: 20_000);
        Assert.True(_policy.Spins);
        _now += 1_000_000_000;
        _policy.OnStop(_now);
        Assert.False(_policy.Spins);
    }

    [Fact]
    public void WithOneCpuItIsNotTried()
    {
        for (int i = 0; i < 10_000; i++)
        {
            if (_policy.IsTrialDue)
            {
                _policy.ForbidTrial();
            }

            Run(1, asleep: 50_000, looking: 20_000);
        }

        Assert.Equal(0, _looks);
    }

    private void Run(int stops, long asleep, long looking)
    {
        for (int i = 0; i < stops; i++)
        {
            _looks += _policy.Spins ? 1 : 0;
            _now += _policy.Spins ? looking : asleep;
            _policy.OnStop(_now);
        }
    }
}
