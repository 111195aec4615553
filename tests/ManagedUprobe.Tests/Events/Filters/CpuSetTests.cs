using System.Linq;
using ManagedUprobe.Events.Filters;
using Xunit;

namespace ManagedUprobe.Tests.Events.Filters;

/// <summary>Lists of CPUs on a machine that can have 16.</summary>
public sealed class CpuSetTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData(" ,\t, ", "")]
    [InlineData("0", "0")]
    [InlineData("3,1", "1 3")]
    [InlineData("1-3,7", "1 2 3 7")]
    [InlineData("N", "15")]
    [InlineData("14-N", "14 15")]
    [InlineData("all:1/8", "0 8")]
    [InlineData("ALL:2/8", "0 1 8 9")]
    [InlineData("2-11:2/4", "2 3 6 7 10 11")]
    [InlineData("2-4:0/4", "")]
    [InlineData("1\n99", "1")]
    [InlineData("0-3:4/4", "0 1 2 3")]
    public void HoldsWhatTheListNames(string list, string cpus)
    {
        var set = CpuSet.Parse(list, 16);
        Assert.NotNull(set);
        ulong[] held = [.. Enumerable.Range(0, 80).Select(cpu => (ulong)cpu).Where(set.Contains)];
        Assert.Equal((cpus, held.Length), (string.Join(' ', held), set.Count));
        Assert.Equal(held.FirstOrDefault(), (ulong)set.First);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("16")]
    [InlineData("3-1")]
    [InlineData("1-")]
    [InlineData("-1")]
    [InlineData("1 - 2")]
    [InlineData("1:1/2")]
    [InlineData("0-3:5/4")]
    [InlineData("0-3:0/0")]
    [InlineData("0-3:1")]
    [InlineData("4294967296")]
    [InlineData("18446744073709551617")]
    [InlineData("1;2")]
    public void RefusesWhatTheKernelRefuses(string list) => Assert.Null(CpuSet.Parse(list, 16));
}
