using System;
using ManagedUprobe.Arch.X64;
using ManagedUprobe.Primitives;
using Xunit;

namespace ManagedUprobe.Tests.Arch;

public sealed class PaddingTests
{
    [Theory]
    [InlineData("0f1f8000000000", 0x9, true)] // one nop
    [InlineData("660f1f440000", 0xa, true)]
    [InlineData("90cccccc", 0xc, true)]
    [InlineData("90", 0xf, true)]
    [InlineData("909090554889e5", 0xd, true)] // what follows at the round address is no concern
    [InlineData("", 0x0, false)] // a function may begin there
    [InlineData("90", 0x10, false)]
    [InlineData("c3", 0xf, false)] // code
    [InlineData("90909031c090", 0xa, false)] // code behind nops
    [InlineData("9090", 0xd, false)] // the file ends before
    [InlineData("0f1f80", 0xd, false)] // a nop that ends behind the round address
    public void IsAllThatFollowsUpToARoundAddress(string behind, int offset, bool expected) =>
        Assert.Equal(expected, Padding.Follows(Convert.FromHexString(behind), (ulong)offset, ExecutionMode.Bits64));
}
