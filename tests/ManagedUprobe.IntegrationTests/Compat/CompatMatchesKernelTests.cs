using System.Collections.Generic;
using System.Linq;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Tests.Shared;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Compat;

/// <summary>32-bit programs against the kernel: arguments and returns word for word, and every instruction.</summary>
public sealed class CompatMatchesKernelTests
{
    private static readonly Dictionary<string, (string Program, string[] Arguments, char Kind, string Function, string Fetch)[]> s_cases = new()
    {
        ["registers and stack"] = [("calls", ["5"], 'p', "f1", "a=%di:s32 b=+4(%sp):s32 c=$stack1:x64 d=$stack0:x32 e=%ip:x64 f=%flags:x64")],
        ["return value"] = [("calls", ["5"], 'r', "f1", "v=$retval:s32 w=$retval:x64")],
        ["static"] = [("calls_static", ["5"], 'p', "f1", "b=+4(%sp):s32"), ("calls_static", ["5"], 'r', "f1", "$retval:s32")],
        ["memory"] = [("strings", ["2"], 'p', "take", "text=+0(+4(%sp)):x8 s=+4(%sp):x32")],
        ["recursion"] = [("recursion", ["20"], 'p', "descend", "depth=+4(%sp):s32"), ("recursion", ["20"], 'r', "descend", "$retval:s32")],
        ["tail calls"] = [("tailcall", ["3"], 'r', "first", ""), ("tailcall", ["3"], 'r', "second", ""), ("tailcall", ["3"], 'r', "third", "")],
        ["longjmp"] = [("longjmp", ["6"], 'r', "outer", "$retval:s32"), ("longjmp", ["6"], 'r', "inner", ""), ("longjmp", ["6"], 'r', "plain", "")],
    };

    public static TheoryData<string> Names => [.. s_cases.Keys];

    public static TheoryData<string, string> Stepped =>
        [.. from fixture in new[] { "recursion", "strings", "tailcall", "longjmp" } from step in new[] { "boost", "single" } select (fixture, step)];

    [Theory]
    [Scenario(73)]
    [MemberData(nameof(Names))]
    public void TextIsTheKernels(string name)
    {
        using var oracle = TraceFsOracle.Open();
        using var folder = new PrivateFolder();
        string program = folder.Copy(CompatFixture.Path(s_cases[name][0].Program));
        Probe[] probes = [.. s_cases[name].Select((item, index) => new Probe(item.Kind, $"e{index}", program, ElfSymbols.OffsetOf(program, item.Function), item.Fetch))];
        Command command = new Command(program, s_cases[name][0].Arguments).Under("setarch", "-R");
        TraceRun kernel = oracle.Record(probes, command);
        Assert.NotEmpty(kernel.Lines);

        foreach (string way in new[] { "auto", "hijack" })
        {
            TraceRun ours = Muprobe.Trace(probes, command, "--return", way);
            Compare.SameResult(kernel.Result, ours.Result);
            Assert.Equal(OutputNormalizer.MaskAddresses(kernel.Lines), OutputNormalizer.MaskAddresses(ours.Lines));
        }
    }

    /// <summary>A probe on each instruction of a program's own functions: it computes what it computes without, and each counts what it counts in the kernel, where that accepts it. It counts repeated string instructions once an iteration.</summary>
    [Theory]
    [Scenario(73)]
    [MemberData(nameof(Stepped))]
    public void EveryInstructionIsCountedAsTheKernelDoes(string fixture, string step)
    {
        using var oracle = TraceFsOracle.Open();
        using var folder = new PrivateFolder();
        string program = folder.Copy(CompatFixture.Path(fixture));
        var symbols = new ElfSymbols(program);
        string[] functions = [.. symbols.Names.Where(name => symbols.SizeOf(name) > 0 && !name.StartsWith('_') && symbols.VaddrOf(name) < symbols.VaddrOf("_fini") && symbols.VaddrOf(name) >= symbols.VaddrOf("_start"))];
        Probe[] probes = [.. InstructionBoundaries.Disassemble(program, functions).Where(insn => !insn.Text.StartsWith("rep", System.StringComparison.Ordinal))
            .Select(insn => new Probe('p', $"o_{insn.Offset:x}", program, insn.Offset))];
        Assert.True(probes.Length > 5);
        var command = new Command(program);
        CommandResult untraced = CommandRunner.Run(command);
        TraceRun kernel = oracle.Count(probes, command);

        TraceRun ours = Muprobe.Stat(probes, command, "--step", step);

        Compare.SameResult(untraced, ours.Result);
        Assert.NotEqual(0, kernel.Hits.Values.Sum());
        Assert.Empty(probes.Select(probe => probe.Event).Where(name => kernel.Hits.GetValueOrDefault(name) != 0 && kernel.Hits[name] != ours.Hits.GetValueOrDefault(name)));
    }
}
