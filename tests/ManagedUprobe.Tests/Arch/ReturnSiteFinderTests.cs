using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using ManagedUprobe.Arch;
using ManagedUprobe.Arch.X64;
using ManagedUprobe.Tests.Shared;
using Xunit;

namespace ManagedUprobe.Tests.Arch;

public sealed class ReturnSiteFinderTests
{
    private const ulong Start = 0x1000;

    [Theory]
    [InlineData("c3", new[] { 0 })]
    [InlineData("f30f1efac3", new[] { 4 })] // endbr64
    [InlineData("f3c3", new[] { 0 })] // rep ret
    [InlineData("c21000", new[] { 0 })] // ret imm16
    [InlineData("85ff7402c390c3", new[] { 4, 6 })] // a jump over a return
    [InlineData("85ff7401c3e805000000", new[] { 4 })] // a call that does not return ends it
    [InlineData("85ff7401c30f0b", new[] { 4 })] // ud2
    [InlineData("b8c3000000c3", new[] { 5 })] // the byte inside another instruction is none
    [InlineData("0f0b", new int[0])] // never returns
    [InlineData("55ebfd", new int[0])] // turns for ever
    [InlineData("c36690", new[] { 0 })] // padding
    public void FindsTheReturns(string code, int[] expected)
    {
        ReturnSites sites = Find(code);
        Assert.Null(sites.Refusal);
        Assert.Equal(expected.Select(offset => Start + (ulong)offset), sites.Vaddrs);
    }

    [Theory]
    [Scenario(35)]
    [InlineData("eb10c3", "leaves by a jump")] // forwards
    [InlineData("e900f0ffffc3", "leaves by a jump")] // backwards
    [InlineData("85ff7410c3", "leaves by a jump")] // a conditional one
    [InlineData("ffe0", "address that is computed")]
    [InlineData("ff2500000000", "address that is computed")]
    [InlineData("c358c3", "nothing is seen to lead to")]
    [InlineData("eb01b8c3000000c3", "jumps into an instruction")]
    [InlineData("4883c008", "runs on")]
    [InlineData("85ff7400", "leaves by a jump")]
    [InlineData("c306", "no instruction")]
    [InlineData("c3e8", "no instruction")] // cut off
    [InlineData("48cf", "unusual")] // iretq
    [InlineData("cb", "unusual")]
    public void RefusesWhatMayLeaveInAnotherWay(string code, string why)
    {
        ReturnSites sites = Find(code);
        Assert.Contains(why, sites.Refusal, StringComparison.Ordinal);
        Assert.Empty(sites.Vaddrs);
    }

    [Fact]
    public void AJumpToTheStartIsTold()
    {
        Assert.True(Find("85ff75fcc3").JumpsToStart);
        Assert.False(Find("9085ff75fcc3").JumpsToStart);
    }

    [Fact]
    public void AReturnThatOnlyAnUnwinderReachesIsFoundInAFunctionWithLandingPads()
    {
        const string Code = "c358c3";
        Assert.NotNull(Find(Code).Refusal);
        Assert.Equal([Start, Start + 2], Find(Code, hasLandingPads: true).Vaddrs);
    }

    [Fact]
    public void AColdPartElsewhereBelongsToTheFunction()
    {
        // test edi,edi; je 0x2000; ret | xor eax,eax; ret
        ReturnSites sites = Find("85ff0f84f80f0000c3", parts: [new(0x2000, Convert.FromHexString("31c0c3"))]);
        Assert.Equal([Start + 8, 0x2002], sites.Vaddrs);
    }

    [Theory]
    [InlineData("488d15f90f0000486304ba4801d03effe0c3c3", 17)] // lea table,%rdx; movslq (%rdx,%rdi,4),%rax; add %rdx,%rax; notrack jmp *%rax
    public void ASwitchLeadsToItsReturns(string code, int first)
    {
        byte[] table = [.. Entry(first), .. Entry(first + 1), .. Entry(0x5000)];
        ReturnSites sites = Find(code, tables: [new(0x2000, table)]);
        Assert.Null(sites.Refusal);
        Assert.Equal([Start + (ulong)first, Start + (ulong)first + 1], sites.Vaddrs);

        static byte[] Entry(int offset) => BitConverter.GetBytes((int)Start + offset - 0x2000);
    }

    [Fact]
    public void ATableThatLeadsElsewhereIsNoSwitch()
    {
        byte[] table = BitConverter.GetBytes(0x5000);
        ReturnSites sites = Find("488d15f90f0000486304ba4801d03effe0c3", tables: [new(0x2000, table)]);
        Assert.Contains("address that is computed", sites.Refusal, StringComparison.Ordinal);
    }

    private static ReturnSites Find(string code, bool hasLandingPads = false, CodePart[]? parts = null, CodePart[]? tables = null) =>
        ReturnSiteFinder.Find(new Function(new CodePart(Start, Convert.FromHexString(code)), hasLandingPads, parts ?? [], tables ?? []));

    private sealed record Function(CodePart Main, bool HasLandingPads, IReadOnlyList<CodePart> Parts, IReadOnlyList<CodePart> Tables) : IFunctionCode
    {
        public bool TryFindColdPart(ulong vaddr, [NotNullWhen(true)] out CodePart? part)
        {
            part = Parts.FirstOrDefault(candidate => candidate.Contains(vaddr));
            return part != null;
        }

        public bool TryRead(ulong vaddr, Span<byte> buffer)
        {
            ulong last = vaddr + (ulong)buffer.Length - 1;
            CodePart? table = Tables.FirstOrDefault(candidate => candidate.Contains(vaddr) && candidate.Contains(last));
            table?.Code.Span.Slice((int)(vaddr - table.Vaddr), buffer.Length).CopyTo(buffer);
            return table != null;
        }

        // Not the compiler's: it would read memory.
        public override string ToString() => nameof(Function);
    }
}
