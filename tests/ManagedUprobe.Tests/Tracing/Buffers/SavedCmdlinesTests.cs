using System;
using System.Text;
using ManagedUprobe.Tracing.Buffers;
using Mono.Unix.Native;
using Xunit;

namespace ManagedUprobe.Tests.Tracing.Buffers;

/// <summary>Names of threads; sizes as a kernel (6.18) showed them.</summary>
public sealed class SavedCmdlinesTests
{
    private readonly SavedCmdlines _names = new();

    [Theory]
    [InlineData("1", (Errno)0, "6552\n")]
    [InlineData("5000\n", (Errno)0, "6552\n")]
    [InlineData("6553", (Errno)0, "19659\n")]
    [InlineData("16000", (Errno)0, "19659\n")]
    [InlineData("32768", (Errno)0, "45874\n")]
    [InlineData("32769", Errno.EINVAL, "6552\n")]
    [InlineData("0", Errno.EINVAL, "6552\n")]
    [InlineData("x", Errno.EINVAL, "6552\n")]
    public void WholeBlocksOfMemoryAreFilled(string size, Errno errno, string shown)
    {
        var tree = new TestTree();
        Assert.Equal(errno, tree.TryWrite("saved_cmdlines_size", size));
        Assert.Equal(shown, tree.Read("saved_cmdlines_size"));
    }

    [Fact]
    public void TheLatestNameCounts()
    {
        Save(5, "one");
        Save(7, "a name of more than 15 bytes");
        Save(5, "two");
        Assert.Equal(("two", "a name of more "), (Find(5), Find(7)));
        Assert.Equal("5 two\n7 a name of more \n", _names.Text);
    }

    [Fact]
    public void AnUnknownThreadHasNoName() => Assert.Equal(("<...>", "<idle>"), (Find(9), Find(0)));

    [Fact]
    public void ThreadsWhoseNumbersMeetShareAPlace()
    {
        Save(5, "one");
        Save(5 + 32768, "two");
        Assert.Equal(("<...>", "two"), (Find(5), Find(5 + 32768)));
    }

    [Fact]
    public void TheOldestNameGivesWay()
    {
        for (int pid = 1; pid <= 6553; pid++)
        {
            Save(pid, $"t{pid}");
        }

        Assert.Equal(("<...>", "t2", "t6553"), (Find(1), Find(2), Find(6553)));
    }

    private void Save(int pid, string name) => _names.Save(pid, 0, Encoding.ASCII.GetBytes(name));

    private string Find(int pid)
    {
        Span<byte> name = stackalloc byte[SavedCmdlines.MaxComm + 1];
        return Encoding.ASCII.GetString(name[.._names.Find(pid, name, out _)]);
    }
}
