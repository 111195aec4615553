using System;
using ManagedUprobe.Arch;
using ManagedUprobe.Arch.X64;
using ManagedUprobe.Native;
using ManagedUprobe.Tests.Shared;
using Xunit;

namespace ManagedUprobe.Tests.Arch;

/// <summary>What the oracle does not reach: faults behind a push, system calls, far away slots.</summary>
public sealed class SlotIpTests
{
    private const ulong SiteVaddr = 0x401000;
    private const ulong SlotVaddr = 0x10_0000;
    private const ulong StackVaddr = 0x7000;

    private readonly FakeArena _memory = new(StackVaddr, new byte[0x100]);

    [Fact]
    [Scenario(2, 3)]
    public void AFaultingIndirectCallIsUndone()
    {
        UserRegs regs = new() { rip = SlotVaddr + 6, rsp = StackVaddr + 0x38, rax = 0x1234 };
        Assert.Equal(SlotPosition.NotStarted, Map("ffd0", faulted: true, ref regs));
        Assert.Equal((SiteVaddr, StackVaddr + 0x40), (regs.rip, regs.rsp));
    }

    [Fact]
    public void ASignalBehindThePushOfAnIndirectCallSeesItsTarget()
    {
        UserRegs regs = new() { rip = SlotVaddr + 6, rsp = StackVaddr + 0x38 };
        Assert.True(_memory.TryWrite(StackVaddr + 0x48, [0x34, 0x12, 0, 0, 0, 0, 0, 0]));
        Assert.Equal(SlotPosition.Done, Map("ff542408", faulted: false, ref regs)); // call 8(%rsp)
        Assert.Equal((0x1234ul, StackVaddr + 0x38), (regs.rip, regs.rsp));
    }

    [Fact]
    public void AnIndirectCallWhoseOperandIsGoneIsUndone()
    {
        UserRegs regs = new() { rip = SlotVaddr + 6, rsp = StackVaddr + 0x38, rax = 0xdead_0000 };
        Assert.Equal(SlotPosition.NotStarted, Map("ff10", faulted: false, ref regs));
        Assert.Equal((SiteVaddr, StackVaddr + 0x40), (regs.rip, regs.rsp));
    }

    [Theory]
    [InlineData(0, SiteVaddr, SlotPosition.NotStarted)]
    [InlineData(2, SiteVaddr + 2, SlotPosition.Done)]
    [InlineData(9, SiteVaddr + 2, SlotPosition.Done)]
    public void ASystemCallLeavesTheSitesAddressInRcx(int offset, ulong rip, object position)
    {
        UserRegs regs = new() { rip = SlotVaddr + (ulong)offset, rcx = SlotVaddr + 2 };
        Assert.Equal(position, Map("0f05", faulted: false, ref regs));
        Assert.Equal((rip, SiteVaddr + 2), (regs.rip, regs.rcx));
    }

    [Fact]
    public void ASystemCallThatHasNotRunKeepsRcx()
    {
        UserRegs regs = new() { rip = SlotVaddr, rcx = 7 };
        Assert.Equal(SlotPosition.NotStarted, Map("0f05", faulted: false, ref regs));
        Assert.Equal(7ul, regs.rcx);
    }

    [Theory]
    [Scenario(2)]
    [InlineData("e210", 2, SiteVaddr + 2)]
    [InlineData("e210", 7, SiteVaddr + 0x12)]
    [InlineData("7410", 6, SiteVaddr + 2)]
    [InlineData("e810000000", 6, SiteVaddr + 0x15)]
    [InlineData("4889e5", 3, SiteVaddr + 3)]
    public void BehindTheInstructionItIsDone(string bytes, int offset, ulong rip)
    {
        UserRegs regs = new() { rip = SlotVaddr + (ulong)offset };
        Assert.Equal(SlotPosition.Done, Map(bytes, faulted: false, ref regs));
        Assert.Equal(rip, regs.rip);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(32)]
    [InlineData(-1)]
    public void ElsewhereNothingIsChanged(int offset)
    {
        UserRegs regs = new() { rip = unchecked(SlotVaddr + (ulong)offset) };
        Assert.Equal(SlotPosition.Outside, Map("4889e5", faulted: false, ref regs));
        Assert.Equal(unchecked(SlotVaddr + (ulong)offset), regs.rip);
    }

    [Theory]
    [Scenario(17)]
    [InlineData("488b0500000000", false)]
    [InlineData("90", false)]
    [InlineData("c3", true)]
    public void ASlotFarAwayIsPossibleOnlyForInstructionsThatNeedNoNearAddress(string bytes, bool possible)
    {
        ArchUprobe insn = InsnAnalyzer.Analyze(Convert.FromHexString(bytes));
        byte[] code = new byte[BoostedSlot.MaxLength];
        bool built = BoostedSlot.TryBuild(insn, 0x7f00_0000_1000, SlotVaddr, code, out _, out string? reason);
        Assert.Equal(possible, built);
        Assert.Equal(possible, reason is null);
    }

    private SlotPosition Map(string bytes, bool faulted, ref UserRegs regs)
    {
        ArchUprobe insn = InsnAnalyzer.Analyze(Convert.FromHexString(bytes));
        byte[] code = new byte[BoostedSlot.MaxLength];
        Assert.True(BoostedSlot.TryBuild(insn, SiteVaddr, SlotVaddr, code, out SlotLayout layout, out string? reason), reason);
        return SlotIp.Map(insn, layout, SiteVaddr, SlotVaddr, faulted, ref regs, _memory);
    }
}
