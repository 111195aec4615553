using System;
using ManagedUprobe.Arch;
using ManagedUprobe.Arch.X64;
using ManagedUprobe.Primitives;
using ManagedUprobe.Tests.Shared;
using Mono.Unix.Native;
using Xunit;

namespace ManagedUprobe.Tests.Arch;

public sealed class InsnAnalyzerTests
{
    [Theory]
    [Scenario(5, 7, 25)]
    [InlineData("c7f800000000", "transaction")] // xbegin
    [InlineData("0f01d5", "transaction")] // xend
    [InlineData("c6f803", "transaction")] // xabort
    [InlineData("0f01c8", "monitoring")] // monitor
    [InlineData("0f01c9", "monitoring")] // mwait
    [InlineData("f20faef0", "monitoring")] // umwait
    [InlineData("0f34", "sysenter")]
    [InlineData("ff18", "far call")]
    [InlineData("66ffd0", "")] // call ax on one vendor, call rax on the other
    [InlineData("66e210", "")]
    [InlineData("6648e800000000", "operand size")]
    [InlineData("4926769590909090", "order")] // a REX prefix before another prefix
    [InlineData("cc", "breakpoint")]
    [InlineData("f4", "privileged")]
    [InlineData("ee", "port")]
    [InlineData("48cf", "interrupt")]
    [InlineData("cd80", "interrupt")]
    [InlineData("f0830001", "lock")]
    public void RefusesWithAReason(string bytes, string reason)
    {
        InsnRefusal refusal = InsnAnalyzer.Analyze(Convert.FromHexString(bytes)).Refusal;
        Assert.True(refusal.IsRefused);
        Assert.Contains(reason, refusal.Reason, StringComparison.Ordinal);
        Assert.True(refusal.Errno is UprobeException.NotSupported or Errno.ENOEXEC);
    }

    [Theory]
    [Scenario(8)]
    [InlineData("0f04")] // no such opcode
    [InlineData("c4ffffffffff")]
    [InlineData("62ffffffffff")]
    [InlineData("d5089090")] // REX2, which the decoder does not know: its length would be a guess
    public void RefusesWhatItCannotDecode(string bytes)
    {
        ArchUprobe insn = InsnAnalyzer.Analyze(Convert.FromHexString(bytes));
        Assert.Equal(Errno.ENOEXEC, insn.Refusal.Errno);
        Assert.Equal(0, insn.Length);
        Assert.Equal("(bad)", insn.Disassemble(0x1000));
    }

    [Theory]
    [InlineData("c3", 1, InsnKind.Absolute)]
    [InlineData("e8ffffffff", 5, InsnKind.CallRelative)]
    [InlineData("ff1500000000", 6, InsnKind.CallIndirect)]
    [InlineData("41ffd4", 3, InsnKind.CallIndirect)]
    [InlineData("ff30", 2, InsnKind.Straight)] // push, in the same opcode group
    [InlineData("0f05", 2, InsnKind.Syscall)]
    [InlineData("c5f877", 3, InsnKind.Straight)]
    [InlineData("c5fe7000ff", 5, InsnKind.Straight)] // the opcode byte of jo, but behind a VEX prefix
    [InlineData("67e310", 3, InsnKind.Loop)]
    [InlineData("0f8400000000", 6, InsnKind.ConditionalJump)]
    public void ClassifiesByTheOpcode(string bytes, int length, object kind)
    {
        ArchUprobe insn = InsnAnalyzer.Analyze(Convert.FromHexString(bytes + "909090"));
        Assert.False(insn.Refusal.IsRefused, insn.Refusal.Reason);
        Assert.Equal(length, insn.Length);
        Assert.Equal(kind, insn.Kind);
    }

    [Fact]
    public void ReadsZerosBehindTheEndOfTheFile() =>
        Assert.Equal(2, InsnAnalyzer.Analyze([0x00]).Length); // add %al, (%rax)

    [Fact]
    public void DisassemblesForTheAddressOfTheSite() =>
        Assert.Contains("1007", InsnAnalyzer.Analyze([0x74, 0x05]).Disassemble(0x1000), StringComparison.Ordinal);
}
