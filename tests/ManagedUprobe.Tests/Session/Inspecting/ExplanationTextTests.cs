using System.Linq;
using ManagedUprobe.Events;
using ManagedUprobe.Session.Inspecting;
using ManagedUprobe.Tests.Support;
using Xunit;

namespace ManagedUprobe.Tests.Session.Inspecting;

public sealed class ExplanationTextTests
{
    private static readonly ProbeExplanation s_placed = new()
    {
        Probe = Define("p:g/e /bin/x:0x1149 a=%di"),
        Offset = 0x1149,
        Symbol = "f1",
        Bytes = [0x8d, 0x44, 0x7f, 0x01],
        Instruction = "lea 1(%rdi,%rdi,2),%eax",
        Boundary = Boundary.FunctionStart,
    };

    [Fact]
    public void WhatIsPlacedHasNoRowsOfTrouble() =>
        Assert.Equal(
            [
                ("event", "g:e"),
                ("file", "/bin/x"),
                ("offset", "0x1149"),
                ("symbol", "f1"),
                ("instruction", "8d 44 7f 01  lea 1(%rdi,%rdi,2),%eax"),
                ("boundary", "yes, the start of the function"),
                ("mode", "trap"),
            ],
            ExplanationText.Rows(s_placed));

    [Fact]
    public void AReturnSaysSo() =>
        Assert.Equal("g:e (return)", Row(s_placed with { Probe = Define("r:g/e /bin/x:0x1149") }, "event"));

    [Fact]
    public void ARefusalHasItsReasonAndTheKernelsAnswer()
    {
        ProbeExplanation refused = s_placed with { Boundary = Boundary.Middle, Refusal = "in the middle", KernelAnswer = "places it" };
        Assert.Equal("no", Row(refused, "boundary"));
        Assert.Equal("refused: in the middle", Row(refused, "mode"));
        Assert.Equal("places it", Row(refused, "kernel"));
    }

    [Fact]
    public void WhatCannotBeReadHasNoInstruction() =>
        Assert.Null(Row(s_placed with { Instruction = null, Refusal = "not an ELF file" }, "instruction"));

    [Fact]
    public void APlaceThatIsNeverExecutedIsWarnedOf() =>
        Assert.Contains("fires nowhere", Row(s_placed with { IsExecutable = false }, "warning"));

    public static TheoryData<string, string> Processes => new()
    {
        { "mapped", "7 (x): mapped at 0x401149, 0x501149; would be probed" },
        { "elsewhere", "7 (x): not mapped; would be probed when it maps the file" },
        { "older", "7 (x): maps an older file of this path, which has been replaced since; would be probed when it maps the file" },
        { "forbidden", "7 (x): mapped at 0x401149, 0x501149; may not be traced: Yama" },
    };

    [Theory]
    [MemberData(nameof(Processes))]
    public void AProcessIsToldOf(string which, string text)
    {
        var mapped = new ProcessPlaces(7, "x", [0x401149, 0x501149], HasOtherGeneration: false, WhyRefused: null);
        ProcessPlaces places = which switch
        {
            "mapped" => mapped,
            "elsewhere" => mapped with { Addresses = [] },
            "older" => mapped with { Addresses = [], HasOtherGeneration = true },
            _ => mapped with { WhyRefused = "Yama" },
        };
        Assert.Equal(text, Row(s_placed with { Process = places }, "process"));
    }

    [Fact]
    public void ARefusedProbeIsProbedNowhere()
    {
        var places = new ProcessPlaces(7, "x", [0x401149], HasOtherGeneration: false, WhyRefused: null);
        Assert.EndsWith("would not be probed", Row(s_placed with { Refusal = "why", Process = places }, "process"));
    }

    private static string? Row(ProbeExplanation explanation, string name) =>
        ExplanationText.Rows(explanation).Where(row => row.Name == name).Select(row => row.Value).SingleOrDefault();

    private static TraceUprobe Define(string definition)
    {
        var table = new EventTable(new FakeFiles());
        table.WriteLine(definition);
        return table.Probes.Single();
    }
}
