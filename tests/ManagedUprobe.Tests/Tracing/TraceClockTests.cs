using System.Linq;
using ManagedUprobe.Primitives;
using ManagedUprobe.Tracing;
using Xunit;

namespace ManagedUprobe.Tests.Tracing;

/// <summary>The clocks of trace_clock.</summary>
public sealed class TraceClockTests
{
    public static TheoryData<string> Names => [.. TraceClock.All.Select(clock => clock.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void RunsForward(string name)
    {
        TraceClock clock = TraceClock.Find(name)!;
        long first = clock.Now;
        long second = clock.Now;
        Assert.InRange(first, 1, second);
    }

    [Theory]
    [InlineData("local")]
    [InlineData("mono")]
    public void GivesTheTimeOfTheHit(string name) => Assert.Equal(123_456, TraceClock.Find(name)!.At(123_456));

    [Fact]
    public void UptimeCountsHundredthsOfSeconds() => Assert.Equal(222_060, TraceClock.Find("uptime")!.At(2_220_609_999_999));

    [Fact]
    public void TheTimeStampCounterIsTheProcessors()
    {
        long before = MonotonicClock.Now;
        long start = TraceClock.Find("x86-tsc")!.Now;
        Assert.True(System.Threading.SpinWait.SpinUntil(() => MonotonicClock.Now - before > 2_000_000, 10_000));
        Assert.True(TraceClock.Find("x86-tsc")!.Now - start > 100_000);
    }
}
