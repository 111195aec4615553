using System.Collections.Generic;
using System.Linq;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Tests.Shared;
using Xunit;

namespace ManagedUprobe.IntegrationTests;

/// <summary>Event text, line by line, against the kernel's for the same program.</summary>
public sealed class TraceLinesMatchKernelTests
{
    private static readonly Dictionary<string, (string Program, string[] Arguments, string[] Probes)> s_cases = new()
    {
        ["one argument"] = ("calls", ["5"], ["p f1 value=%di:s32 raw=%di %cx:x8"]),
        ["return value"] = ("calls", ["5"], ["r f1 result=$retval:s32 hex=$retval:x32"]),
        ["entry and return"] = ("calls", ["5"], ["p f1 $comm", "r f1 $retval"]),
        ["non-PIE"] = ("calls_nonpie", ["3"], ["p f1 %ip %sp:x64", "r f1"]),
        ["static"] = ("calls_static", ["3"], ["p f1 %di", "r f1"]),
        ["static PIE"] = ("calls_staticpie", ["3"], ["p f1 %di", "r f1"]),
        ["endbr64"] = ("calls_endbr", ["3"], ["p f1 %di", "r f1 $retval"]),
        ["widths"] = ("args", ["3"], ["p widths a=%di:s8 b=%si:u8 c=%dx:s16 d=%cx:u16 e=%r8:s32 f=%r9:u32 g=+8(%sp):s64 h=+16(%sp):x64"]),
        ["stack"] = ("args", ["3"], ["p widths $stack0:x64 one=$stack1 two=$stack2:u64", "p negative $stack:x64 imm=\\42 text=\\\"hello\""]),
        ["negative return"] = ("args", ["3"], ["r negative $retval:s32 $retval:u8 $retval:x16"]),
        ["vectors untouched"] = ("args", ["3"], ["p floating", "r floating"]),
        ["text"] = ("strings", ["2"], ["p take text=+0(%di):string first=+0(%di):u8 n=%dx:s64"]),
        ["structs"] = ("strings", ["1"], ["p take number=+0(%si):s32 a=+4(%si):s16 b=+6(%si):x16 name=+0(+8(%si)):string"]),
        ["user memory"] = ("strings", ["1"], ["p take text=+u0(%di):ustring deep=+0(+8(+16(%si))):string"]),
        ["tail calls"] = ("tailcall", ["3"], ["p first %di", "r first $retval", "r second $retval", "r third $retval"]),
        ["recursion"] = ("recursion", ["20"], ["p descend depth=%di:s64", "r descend $retval:s64"]),
        ["mutual recursion"] = ("recursion", ["12"], ["p odd %di", "r odd $retval", "p even %di", "r even $retval"]),
        ["longjmp"] = ("longjmp", ["6"], ["p outer %di", "r outer $retval", "r inner $retval", "r plain $retval"]),
        ["two mappings"] = ("two_sites", ["3"], ["p libtext.so:text_work %di", "r libtext.so:text_work $retval"]),
        ["constructors"] = ("plugin_host", ["2"], ["p libplugin.so:plugin_work %di:s32", "r libplugin.so:plugin_work $retval:s32", "p host_work %di:s32"]),
    };

    public static TheoryData<string> Names => [.. s_cases.Keys];

    /// <summary>Plugins are loaded after both backends have mapped areas of their own, so they lie elsewhere.</summary>
    public static TheoryData<string> NamesWithEqualLayout => [.. s_cases.Keys.Where(name => name != "constructors")];

    [Theory]
    [Scenario(9, 63)]
    [MemberData(nameof(Names))]
    public void TextIsTheKernels(string name)
    {
        using var oracle = TraceFsOracle.Open();
        using var folder = new PrivateFolder();
        (Probe[] probes, Command command) = Prepare(folder, name);
        TraceRun kernel = oracle.Record(probes, command);
        Assert.NotEmpty(kernel.Lines);

        TraceRun ours = Muprobe.Trace(probes, command);

        Compare.SameResult(kernel.Result, ours.Result);
        Assert.Equal(OutputNormalizer.MaskAddresses(kernel.Lines), OutputNormalizer.MaskAddresses(ours.Lines));
        Assert.All(kernel.Lines.Zip(ours.Lines), pair => Assert.Equal(pair.First.Comm, pair.Second.Comm));
    }

    [Theory]
    [MemberData(nameof(NamesWithEqualLayout))]
    public void AddressesAreTheKernelsWithoutRandomisation(string name)
    {
        using var oracle = TraceFsOracle.Open();
        using var folder = new PrivateFolder();
        (Probe[] probes, Command command) = Prepare(folder, name);
        command = command.Under("setarch", "-R");
        TraceRun kernel = oracle.Record(probes, command);
        Assert.NotEmpty(kernel.Lines);

        // The other test of these cases has returns at return instructions.
        TraceRun ours = Muprobe.Trace(probes, command, "--return", "hijack");

        Assert.Equal(OutputNormalizer.Contents(kernel.Lines), OutputNormalizer.Contents(ours.Lines));
    }

    private static (Probe[] Probes, Command Command) Prepare(PrivateFolder folder, string name)
    {
        (string program, string[] arguments, string[] definitions) = s_cases[name];
        string copy = folder.Fixture(program, [.. definitions.Where(HasLibrary).Select(LibraryOf).Distinct()]);
        Probe[] probes = [.. definitions.Select((definition, index) => Define(folder, copy, definition, index))];
        return (probes, new Command(copy, arguments));
    }

    // "p [LIBRARY:]SYMBOL ARGUMENTS"
    private static Probe Define(PrivateFolder folder, string program, string definition, int index)
    {
        string[] fields = definition.Split(' ', 3);
        string path = HasLibrary(definition) ? folder[LibraryOf(definition)] : program;
        string symbol = fields[1].Split(':')[^1];
        return new Probe(fields[0][0], $"{symbol}_{index}", path, ElfSymbols.OffsetOf(path, symbol), fields.ElementAtOrDefault(2) ?? "");
    }

    private static bool HasLibrary(string definition)
    {
        return definition.Split(' ')[1].Contains(':', System.StringComparison.Ordinal);
    }

    private static string LibraryOf(string definition)
    {
        return definition.Split(' ')[1].Split(':')[0];
    }
}
