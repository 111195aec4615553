using System.Text;
using ManagedUprobe.ProcFs;
using Xunit;

namespace ManagedUprobe.Tests.ProcFs;

public sealed class ThreadTextTests
{
    private const string Status = """
        Name:	a SigIgn: b
        State:	S (sleeping)
        SigBlk:	0000000000010000
        SigIgn:	0000000000001001
        SigCgt:	8000000180014003
        voluntary_ctxt_switches:	1500
        nonvoluntary_ctxt_switches:	7

        """;

    [Fact]
    public void ReadsSignalSetsAndSwitches()
    {
        Assert.True(ThreadText.TryParseSignals(Bytes(Status), "SigIgn"u8, out ulong ignored));
        Assert.True(ThreadText.TryParseSignals(Bytes(Status), "SigCgt"u8, out ulong caught));
        Assert.True(ThreadText.TryParseNumber(Bytes(Status), "voluntary_ctxt_switches"u8, out long switches));
        Assert.Equal((0x1001UL, 0x8000000180014003UL, 1500L), (ignored, caught, switches));
        Assert.False(ThreadText.TryParseNumber(Bytes(Status), "Missing"u8, out _));
    }

    [Theory]
    [InlineData("532574 2144 12\n", true, 12)]
    [InlineData("0 0 0\n", true, 0)]
    [InlineData("", false, 0)]
    public void ReadsTimeslices(string text, bool expected, long timeslices)
    {
        Assert.Equal(expected, ThreadText.TryParseTimeslices(Bytes(text), out long found));
        Assert.Equal(timeslices, found);
    }

    [Theory]
    [InlineData("cat (6599, #threads: 1)\n---\nse.exec_start                                :       1900478.265565\n", true, 1900478265565)]
    [InlineData("a: se.exec_start (1, #threads: 1)\nse.exec_start : 1.000002\n", true, 1000002)]
    [InlineData("se.vruntime : 1.5\n", false, 0)]
    [InlineData("se.exec_start : 17\n", false, 0)]
    [InlineData("", false, 0)]
    public void ReadsExecStart(string text, bool expected, long clockNs)
    {
        Assert.Equal(expected, ThreadText.TryParseExecStart(Bytes(text), out long found));
        Assert.Equal(clockNs, found);
    }

    [Theory]
    [InlineData("7 (a) b) S 1 2 3 4 -1 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 1 17 0 0\n", 1)]
    [InlineData("7 (a) S 1 2\n", -1)]
    public void ReadsTheCpuBehindAnyName(string text, int cpu)
    {
        Assert.Equal(cpu >= 0, ThreadText.TryParseCpu(Bytes(text), out int found));
        Assert.Equal(cpu, found);
    }

    [Fact]
    public void ReadsABlockedCall()
    {
        byte[] text = Bytes("232 0x3 0x7f8a2ce74ec4 0x1 0xc8 0x0 0xffffffffffffffff 0x7f8a2ce74e90 0x7f8a2cf01\n");
        Assert.True(BlockedCall.TryParse(text, out BlockedCall call));
        Assert.Equal(new BlockedCall(232, 3, 0x7f8a2ce74ec4, 1, 200, 0, ulong.MaxValue, 0x7f8a2ce74e90), call);
    }

    [Theory]
    [InlineData("running\n")]
    [InlineData("-1 0x7ffe0 0x401000\n")]
    [InlineData("232 0x3\n")]
    [InlineData("")]
    public void ReadsNoCallWhereNoneIs(string text)
    {
        Assert.False(BlockedCall.TryParse(Bytes(text), out _));
        Assert.Equal(text.StartsWith('r'), BlockedCall.IsRunning(Bytes(text)));
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
