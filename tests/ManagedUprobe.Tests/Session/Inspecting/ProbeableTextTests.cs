using ManagedUprobe.Session.Inspecting;
using Xunit;

namespace ManagedUprobe.Tests.Session.Inspecting;

public sealed class ProbeableTextTests
{
    private static readonly Probeable s_function = new("f1", 0x1149, 5, ProbeableKind.Function);

    [Fact]
    public void AFunctionIsOffsetSizeKindName() =>
        Assert.Equal("0x00001149       5 func    f1", ProbeableText.Line(s_function, null));

    [Fact]
    public void ThePathOfAProcessStandsFirstWithoutBlanks() =>
        Assert.Equal(@"/a\040b/c 0x00001149       5 func    f1", ProbeableText.Line(s_function, "/a b/c"));

    [Fact]
    public void AnUnknownSizeIsADash() =>
        Assert.Equal("0x00001149       - func    f1", ProbeableText.Line(s_function with { Size = 0 }, null));

    [Theory]
    [InlineData(0, "func")]
    [InlineData(1, "ifunc")]
    [InlineData(2, "usdt")]
    public void TheKindIsAWord(int kind, string word) =>
        Assert.Equal(word, ProbeableText.KindOf(s_function with { Kind = (ProbeableKind)kind }));

    [Fact]
    public void WhatCannotBeProbedIsRefusedWhateverItsKind() =>
        Assert.Equal("refused", ProbeableText.KindOf(s_function with { Kind = ProbeableKind.Marker, Refusal = "a lock prefix" }));

    [Fact]
    public void AMarkerHasItsCounterAndItsArguments()
    {
        var marker = new Probeable("libc:setjmp", 0x2a0, 0, ProbeableKind.Marker)
        {
            Arguments = "8@%rdi -4@%esi",
            SemaphoreOffset = 0x4010,
        };
        Assert.Equal("0x000002a0(0x4010)       - usdt    libc:setjmp 8@%rdi -4@%esi", ProbeableText.Line(marker, null));
    }

    [Fact]
    public void NamesNeitherEndLinesNorSpeakToTheTerminal() =>
        Assert.Equal("a?b?[31mc", ProbeableText.NameOf(s_function with { Name = "a\nb\u001b[31mc" }));
}
