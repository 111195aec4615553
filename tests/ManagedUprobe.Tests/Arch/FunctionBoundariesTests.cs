using ManagedUprobe.Arch.X64;
using ManagedUprobe.Primitives;
using Xunit;

namespace ManagedUprobe.Tests.Arch;

public sealed class FunctionBoundariesTests
{
    // push %rbp; mov %rsp, %rbp; mov $0, %eax; ret
    private static readonly byte[] s_function = [0x55, 0x48, 0x89, 0xe5, 0xb8, 0, 0, 0, 0, 0xc3];

    [Theory]
    [InlineData(0x100, true, 0x100, 0x100)]
    [InlineData(0x101, true, 0x101, 0x101)]
    [InlineData(0x102, false, 0x101, 0x104)]
    [InlineData(0x103, false, 0x101, 0x104)]
    [InlineData(0x108, false, 0x104, 0x109)]
    [InlineData(0x109, true, 0x109, 0x109)]
    public void KnowsWhereInstructionsStart(ulong offset, bool boundary, ulong before, ulong after)
    {
        bool result = FunctionBoundaries.IsBoundary(s_function, ExecutionMode.Bits64, 0x100, offset, out ulong nearestBefore, out ulong nearestAfter);
        Assert.Equal((boundary, before, after), (result, nearestBefore, nearestAfter));
    }

    [Fact]
    public void BehindBytesThatAreNoInstructionNothingIsRefused() =>
        Assert.True(FunctionBoundaries.IsBoundary([0x90, 0x06, 0x48, 0x89, 0xe5], ExecutionMode.Bits64, 0, 3, out _, out _));
}
