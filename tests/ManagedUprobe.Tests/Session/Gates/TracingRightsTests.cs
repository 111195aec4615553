using ManagedUprobe.Session.Gates;
using Xunit;

namespace ManagedUprobe.Tests.Session.Gates;

public sealed class TracingRightsTests
{
    [Fact]
    public void ReadsTheFieldsThatDecide()
    {
        var status = TracingRights.Parse(
        [
            "Name:\ta: b (c)", "State:\tt (tracing stop)", "TracerPid:\t77", "Uid:\t1\t2\t3\t4", "Gid:\t5\t6\t7\t8",
            "NSpid:\t900\t12", "CapEff:\t0000000000080000", "Seccomp:\t2",
        ]);

        Assert.Equal("a: b (c)", status.Name);
        Assert.Equal('t', status.State);
        Assert.Equal(77, status.TracerPid);
        Assert.Equal([1u, 2u, 3u, 4u], status.Uids);
        Assert.Equal([5u, 6u, 7u, 8u], status.Gids);
        Assert.Equal([900u, 12u], status.NamespacePids);
        Assert.True(status.HasSysPtrace);
        Assert.Equal(2, status.Seccomp);
    }

    [Theory]
    [InlineData("000001ffffffffff", true)]
    [InlineData("000001fffff7ffff", false)]
    [InlineData("", false)]
    public void SysPtraceIsBit19OfTheEffectiveCapabilities(string mask, bool has) =>
        Assert.Equal(has, TracingRights.Parse([$"CapEff:\t{mask}"]).HasSysPtrace);

    [Fact]
    public void AProcessThatIsNotThereIsNull() => Assert.Null(TracingRights.TryRead("4194305"));

    [Fact]
    public void ReadsItself() => Assert.NotEmpty(TracingRights.TryRead("self")!.Name);
}
