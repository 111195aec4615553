using System;
using ManagedUprobe.Arch;
using ManagedUprobe.Arch.X64;
using ManagedUprobe.Ptrace;
using ManagedUprobe.Uprobes;
using Xunit;

namespace ManagedUprobe.Tests.Uprobes;

public sealed class AddressSpaceTests
{
    private const ulong Vaddr = 0x7000_0000_1000;
    private const ulong SlotVaddr = 0x6000_0000_0040;

    private static readonly ArchUprobe s_nop = InsnAnalyzer.Analyze([0x90]);

    [Fact]
    public void TextThatComesAgainHasItsSlotAgain()
    {
        using AddressSpace mm = Empty();
        Site first = mm.Sites.Add(Vaddr, s_nop);
        (first.SlotVaddr, first.Armed, first.WatchesSyscall) = (SlotVaddr, true, true);
        mm.Forget(first);
        Assert.Null(mm.Sites.Find(Vaddr));

        Site next = mm.Sites.Add(Vaddr, InsnAnalyzer.Analyze([0x90]));

        Assert.Same(next, mm.Sites.Find(Vaddr));
        Assert.Equal((SlotVaddr, false, false), (next.SlotVaddr, next.Armed, next.IsWanted));
    }

    [Fact]
    public void OtherTextAtThatAddressHasNone()
    {
        using AddressSpace mm = Empty();
        Site first = mm.Sites.Add(Vaddr, s_nop);
        first.SlotVaddr = SlotVaddr;
        mm.Forget(first);

        Assert.Equal(0UL, mm.Sites.Add(Vaddr, InsnAnalyzer.Analyze([0x55])).SlotVaddr);
    }

    private static AddressSpace Empty() => new(TraceeMemory.Open(Environment.ProcessId));
}
