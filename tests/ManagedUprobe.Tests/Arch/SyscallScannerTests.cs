using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ManagedUprobe.Arch.X64;
using Xunit;

namespace ManagedUprobe.Tests.Arch;

public sealed class SyscallScannerTests
{
    private static readonly int[] s_numbers = [9, 10, 25];

    [Theory]
    [InlineData("b8090000000f05", 5)]
    [InlineData("b80a0000000f05", 5)]
    [InlineData("48c7c0190000000f05", 7)]
    [InlineData("b8090000004989ca0f05", 8)]
    [InlineData("90b809000000b80a0000000f05", 11)] // overwritten by a number that is looked for as well
    public void FindsSystemCallsByTheirNumber(string code, int at)
    {
        List<SyscallSite> found = Find(code);
        Assert.Equal([0x1000ul + (ulong)at], found.Select(site => site.Offset));
    }

    [Theory]
    [InlineData("b8080000000f05")] // another number
    [InlineData("b809000000eb000f05")] // a branch between
    [InlineData("b809000000c30f05")]
    [InlineData("b80900000031c00f05")] // eax is overwritten
    [InlineData("b80900000048b80f05909090909090")] // bytes inside another instruction
    [InlineData("0f05")]
    public void LeavesOthersAlone(string code) => Assert.Empty(Find(code));

    [Fact]
    public void FindsMmapAndItsLikeInTheCLibrary()
    {
        const string Libc = "/usr/lib/x86_64-linux-gnu/libc.so.6";
        Assert.SkipUnless(File.Exists(Libc), "no glibc");
        var found = new List<SyscallSite>();
        SyscallScanner.Find(File.ReadAllBytes(Libc), 0, s_numbers, found);
        Assert.Equal(s_numbers, found.Select(site => site.Number).Distinct().Order());
    }

    [Fact]
    public void FindsAnySystemCall()
    {
        Assert.Equal(2, SyscallScanner.FindAny([0x90, 0x90, 0x0f, 0x05]));
        Assert.Equal(-1, SyscallScanner.FindAny([0x90, 0x0f]));
    }

    private static List<SyscallSite> Find(string code)
    {
        var found = new List<SyscallSite>();
        SyscallScanner.Find(Convert.FromHexString(code), 0x1000, s_numbers, found);
        return found;
    }
}
