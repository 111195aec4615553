using System.Collections.Generic;
using System.Linq;
using ManagedUprobe.Arch;
using ManagedUprobe.Events;
using ManagedUprobe.Session.Comparing;
using ManagedUprobe.Tests.Support;
using Xunit;

namespace ManagedUprobe.Tests.Session.Comparing;

public sealed class EventComparisonTests
{
    private const string Prefix = "              fx-29242   [000] DBZff  2046.383148: ";

    [Fact]
    public void EventsAreFoundBehindHeadersOddNamesAndInValuesOfSeveralLines()
    {
        string trace = "# tracer: nop\n#\n" + Prefix + "a: (0x1) s=\"x\ny\"\n"
            + "   a [0] b: c-7-1       [001] DBZff     0.000001: b: (0x2)\n"
            + "   x[1-1       [001] d..ff 12345678.000001: c: (0x3 <- 0x4) t=\"e: f\"\n";
        Assert.Equal(
            [new("a", "(0x1) s=\"x\ny\""), new("b", "(0x2)"), new("c", "(0x3 <- 0x4) t=\"e: f\"")],
            RecordedEvent.Parse(trace));
    }

    [Theory]
    [InlineData("(0x555555554139) a=0x7ffff7fb1000", "(ADDRESS) a=ADDRESS")]
    [InlineData("a=0x55 b=0x5555555541390 c=0x455555554139", "a=0x55 b=0x5555555541390 c=0x455555554139")]
    public void AddressesAreMaskedAndNumbersAreNot(string text, string expected) =>
        Assert.Equal(expected, new RecordedEvent("e", text).WithoutAddresses);

    [Theory]
    [InlineData("1 2 3", "1 2 3", nameof(ComparisonResult.Same), 3)]
    [InlineData("1 2 3", "1 3 2", nameof(ComparisonResult.OtherOrder), 1)]
    [InlineData("1 0x7ffff7fb1000", "1 0x7ffff7fb2000", nameof(ComparisonResult.OtherAddresses), 2)]
    [InlineData("1 2 3", "1 2", nameof(ComparisonResult.Different), 2)]
    [InlineData("1 2 3", "1 4 3", nameof(ComparisonResult.Different), 1)]
    [InlineData("", "1", nameof(ComparisonResult.Different), 0)]
    public void ListsCompare(string kernel, string ours, string result, int first)
    {
        EventComparison comparison = Compare(kernel, ours);
        Assert.Equal((result, first), (comparison.Result.ToString(), comparison.FirstDifference));
    }

    [Theory]
    [InlineData("a=+0(+8(%di)):u64 b=%si", " a=77 b=1", " a=0 b=1", true)]
    [InlineData("a=+0(+8(%di)):string", " a=\"old\"", " a=(fault)", true)]
    [InlineData("a=+0(+8(%di)):u64", " a=77", " a=78", false)]
    [InlineData("a=%di:u64", " a=77", " a=0", false)]
    [InlineData("a=+0(%di):string b=+0(%si):string", " a=\"xx\" b=(fault)", " a=(fault) b=\"yy\"", true)]
    [InlineData("a=+0(%di):string[2]", " a={\"xx\",(fault)}", " a={(fault),\"yy\"}", true)]
    [InlineData("a=+0(%di):string", " a=\"xx\"", " a=(fault)", false)]
    [InlineData("a=+0(%di):string b=+0(%si):string", " a=\"xx\" b=\"y\"", " a=\"xx\" b=\"yy\"", false)]
    public void StaleDataOfTheKernelIsKnown(string arguments, string kernel, string ours, bool known)
    {
        var comparison = new EventComparison("e", [new("e", kernel)], [new("e", ours)]);
        Assert.Equal(known, Explain(comparison, arguments, []) is not null);
    }

    [Fact]
    public void WhatTheKernelRefusesIsNamed()
    {
        InsnRefusal refusal = ManagedUprobe.Arch.X64.InsnAnalyzer.Analyze([0xc5, 0xf1, 0xef, 0xc9]).Kernel;
        string? why = Explain(Compare("", "1"), "", new() { [0] = refusal });
        Assert.Contains("refuses the instruction at /bin/fx:0x0000000000001000 with ENOTSUPP", why, System.StringComparison.Ordinal);
    }

    private static EventComparison Compare(string kernel, string ours) => new("e", Lines(kernel), Lines(ours));

    private static RecordedEvent[] Lines(string text) =>
        [.. text.Split(' ', System.StringSplitOptions.RemoveEmptyEntries).Select(line => new RecordedEvent("e", line))];

    private static string? Explain(EventComparison comparison, string arguments, Dictionary<int, InsnRefusal> refused)
    {
        TraceUprobe probe = Hit.Define("p:g/e /bin/fx:0x1000 " + arguments);
        return KernelFlaws.Explain(comparison, [probe], refused);
    }
}
