using System;
using System.Collections.Generic;
using ManagedUprobe.Elf;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;
using Xunit;

namespace ManagedUprobe.Tests.Elf;

public sealed class SymbolLocatorTests : IDisposable
{
    private const string Source = """
        .text
        .globl function, resolver, plain
        .type function, @function
        function: .skip 0x40, 0x90
        .size function, 0x40
        .type resolver, @gnu_indirect_function
        resolver: ret
        .size resolver, 1
        .globl "odd+8"
        .type "odd+8", @function
        "odd+8": ret
        .size "odd+8", 1
        .globl "T.(*S).Run", "T.(*AS).Run"
        .type "T.(*S).Run", @function
        "T.(*S).Run": ret
        .size "T.(*S).Run", 1
        .type "T.(*AS).Run", @function
        "T.(*AS).Run": ret
        .size "T.(*AS).Run", 1
        label: ret
        """;

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("function", 0)]
    [InlineData("function+0x4", 4)]
    [InlineData("function+0X3f", 0x3f)]
    [InlineData("function+4", 4)]
    [InlineData("function+010", 8)]
    [InlineData("function+0", 0)]
    [InlineData("funct*+16", 16)]
    [InlineData("resolver", 0x40)]
    [InlineData("odd+8", 0x41)]
    [InlineData("odd+8+0", 0x41)]
    [InlineData("T.(*S).Run", 0x42)]
    [InlineData("label", 0x44)]
    public void FindsTheFileOffset(string text, ulong expected)
    {
        using ElfFile file = Open(out ulong start);
        SymbolLocation location = Assert.Single(SymbolLocator.Locate(file, text));
        Assert.Equal(expected, location.Offset - start);
        Assert.Equal(text == "resolver", location.NeedsResolving);
    }

    [Fact]
    public void GivesEveryMatchOfAPattern()
    {
        using ElfFile file = Open(out _);
        Assert.Equal(2, SymbolLocator.Locate(file, "T.*.Run").Count);
    }

    [Theory]
    [InlineData("functoin", Errno.ENOENT, "no function 'functoin'; did you mean 'function'?")]
    [InlineData("Function", Errno.ENOENT, "did you mean 'function'?")]
    [InlineData("nothing_like_it", Errno.ENOENT, "no function 'nothing_like_it'")]
    [InlineData("funct", Errno.ENOENT, "no function 'funct'")]
    [InlineData("nothing*", Errno.ENOENT, "no function 'nothing*'")]
    [InlineData("function+08", Errno.ENOENT, "no function 'function+08'")]
    [InlineData("function+", Errno.ENOENT, "no function 'function+'")]
    [InlineData("function+-1", Errno.ENOENT, "no function 'function+-1'")]
    [InlineData("+4", Errno.ENOENT, "no function '+4'")]
    [InlineData("function+0x40", Errno.EINVAL, "0x40 is outside of 'function', which has 0x40 bytes")]
    [InlineData("function+18446744073709551615", Errno.EINVAL, "outside of 'function'")]
    [InlineData("label+0xffffffffffffffff", Errno.EINVAL, "outside of the segment of 'label'")]
    public void SaysWhatIsWrong(string text, Errno errno, string message)
    {
        using ElfFile file = Open(out _);
        UprobeException error = Assert.Throws<UprobeException>(() => SymbolLocator.Locate(file, text));
        Assert.Equal(errno, error.Errno);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SuggestsTheVersionsThatThereAre()
    {
        using var file = ElfFile.Open(SystemFiles.Libc);
        UprobeException error = Assert.Throws<UprobeException>(() => SymbolLocator.Locate(file, "malloc@GLIBC_9.9"));
        Assert.Contains("'malloc@@GLIBC_2.2.5'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SaysThatAFileIsStripped()
    {
        using var file = ElfFile.Open(Tool.Compile(_folder, "a.c", "int main(void) { return 0; }\n", "-s", "-static-pie", "-nostdlib", "-Wl,-emain"));
        UprobeException error = Assert.Throws<UprobeException>(() => SymbolLocator.Locate(file, "main"));
        Assert.Contains("it is stripped", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private ElfFile Open(out ulong start)
    {
        var file = ElfFile.Open(Tool.Compile(_folder, "a.s", Source, "-shared", "-nostdlib"));
        IReadOnlyList<ElfSymbol> functions = file.FindFunctions("function");
        start = Assert.Single(functions).Offset;
        return file;
    }
}
