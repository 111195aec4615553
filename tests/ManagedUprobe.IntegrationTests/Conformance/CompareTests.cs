using System;
using System.Collections.Generic;
using System.Linq;
using ManagedUprobe.IntegrationTests.Support;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Conformance;

/// <summary><c>muprobe compare</c>: every form and type of argument, entries and returns, executables and libraries, on programs of ours and of others.</summary>
public sealed class CompareTests : IDisposable
{
    private const string Libc = "libc.so.6";

    // Of each program: what is started (the first word is copied), and definitions "KIND [LIBRARY:]SYMBOL ARGUMENTS".
    private static readonly Dictionary<string, (string[] Command, string[] Definitions)> s_programs = new(StringComparer.Ordinal)
    {
        ["args"] = (["args", "3"],
        [
            "p widths a=%di:s8 b=%di:u8 c=%di:x8 d=%di:char", "p widths a=%dx:s16 b=%cx:u16 c=%dx:x16", "p widths a=%r8:s32 b=%r9:u32 c=%r8:x32",
            "p widths a=+8(%sp):s64 b=+16(%sp):u64 c=+16(%sp):x64 d=%r9", "p widths a=$stack b=$stack1:s64 c=$stack2 d=$stack99999999",
            "p widths a=\\42 b=\\-1:s16 c=\\0x10:x8", "p widths a=%cx:b4@2/16 b=%r9:b9@7/32 c=%r9:b1@63/64", "p widths %ip %cs %ss %orig_ax %bx %bp",
            "p widths a=$comm b=\\\"text\"", "p widths a=+8(%sp):s32[4] b=+8(%sp):x8[16] c=+16(%sp):u64[1]", "r negative a=$retval:s32 b=$retval:x64 c=%ip d=%sp",
            "r widths $retval:s64", "p floating", "r floating",
        ]),
        ["strings"] = (["strings", "2"],
        [
            "p take +0(%di):string", "p take +u0(%di):ustring n=%dx:u8", "p take +0(+8(%si)):string", "p take a=+0(%di):char[8] b=+0(%di):x8[4]",
            "p take a=+4(%si):s16[2] b=+0(%si):b12@4/32 c=+0(%si):s32", "p take +8(%si):string[2]", "p take +0(+8(+16(%si))):string", "r take $retval:s64",
        ]),
        ["calls_nonpie"] = (["calls_nonpie", "4"], ["p f1 %ip %sp text=@0x400001:char[3] word=@0x400000:x32 a=@0x10:u64", "r f1 $retval:u32", "p f1 @+0:x16"]),
        ["two_sites"] = (["two_sites", "3"], ["p libtext.so:text_work %di:s64", "r libtext.so:text_work $retval:s64"]),
        ["recursion"] = (["recursion", "20"], ["p descend %di:s64", "r descend $retval:s64", "p even %di", "r odd $retval"]),
        ["bash"] = (["/bin/bash", "-c", "a=1; for i in 1 2 3; do :; done; (true); echo x | cat; echo $a"],
        [
            "p execute_command type=+0(%di):s32 flags=+4(%di):x32", "r execute_command $retval:s32", "p find_variable +0(%di):string first=+0(%di):char",
            "p xmalloc n=%di:u64 low=%di:b4@0/8", "r xmalloc $retval",
        ]),
        ["python3"] = (["/usr/bin/python3", "-S", "-B", "-c", "import json; print(json.dumps([1, 'a']))"],
        ["p PyImport_ImportModule +0(%di):string", "p PyLong_FromLong %di:s64", "r PyLong_FromLong $retval", "p PyUnicode_FromString +0(%di):string"]),
        ["perl"] = (["/usr/bin/perl", "-e", "my %h = (a => 1, b => 2); print join(',', sort keys %h), \"\\n\""],
        ["p Perl_av_push %si %dx", "r Perl_newSVpvn $retval", "p Perl_newSVpvn +0(%si):string n=%dx:u64", "r Perl_pp_print"]),
        ["sort"] = (["/usr/bin/sort", "--parallel=1", "-S", "1M", "/etc/passwd"],
        [$"p {Libc}:getenv +0(%di):string", $"r {Libc}:getenv +0($retval):string", $"p {Libc}:malloc %di:u64", $"r {Libc}:malloc $retval", $"p {Libc}:free %di"]),
        ["ls"] = (["/usr/bin/ls", "-l", "/etc"], [$"p {Libc}:getenv +0(%di):string", $"p {Libc}:malloc n=%di:u64 b=%di:b4@4/8 sp=$stack0", $"r {Libc}:opendir $retval"]),
        ["git"] = (["/usr/bin/git", "hash-object", "--no-filters", "/etc/passwd"],
        [$"p {Libc}:getenv +0(%di):string[1] c=+0(%di):char[3]", $"r {Libc}:strdup +0($retval):string f=%flags:b1@6/32", $"p {Libc}:memcpy n=%dx:u64 cs=%cs:x16"]),
        ["gzip"] = (["/usr/bin/gzip", "-c", "/etc/passwd"],
        [$"p {Libc}:read fd=%di:s32 n=%dx:u64 $comm", $"r {Libc}:read $retval:s64", $"p {Libc}:write +0(%si):b3@1/8[4] +0(%si):x64[2]", $"p {Libc}:free @+0:x32"]),
    };

    private readonly PrivateFolder _folder = new();

    public static TheoryData<string> Programs => [.. s_programs.Keys];

    [Theory]
    [MemberData(nameof(Programs))]
    public void NothingDiffersFromTheKernel(string name)
    {
        Assert.SkipUnless(TraceFsOracle.WhyNot is null, TraceFsOracle.WhyNot ?? "");
        (string[] program, string[] definitions) = s_programs[name];
        string copy = program[0].Contains('/', StringComparison.Ordinal) ? _folder.Copy(program[0]) : _folder.Fixture(program[0]);
        IEnumerable<string> arguments = definitions.Select((definition, number) => Define(copy, definition, number)).SelectMany(line => new[] { "-e", line });

        CommandResult result = CommandRunner.Run(new Command(Muprobe.Path, ["compare", .. arguments, "--", copy, .. program[1..]])
        {
            Environment = new Dictionary<string, string?>
            {
                ["LD_LIBRARY_PATH"] = _folder.Path,
                ["PYTHONHASHSEED"] = "0",
                ["PERL_HASH_SEED"] = "0",
            },
        });

        Assert.True(result.ExitStatus == 0, result.ToString());
        string[] lines = [.. result.Output.Split('\n').Where(line => line.StartsWith('e') && !line.StartsWith("event", StringComparison.Ordinal))];
        Assert.Equal(definitions.Length, lines.Length);
        Assert.DoesNotContain(lines, line => line.Contains(" 0  same", StringComparison.Ordinal));
    }

    [Fact]
    public void FiltersHoldForBoth()
    {
        Assert.SkipUnless(TraceFsOracle.WhyNot is null, TraceFsOracle.WhyNot ?? "");
        string program = _folder.Fixture("calls");
        string f1 = Define(program, "p f1 a=%di:s32", 0);
        string f1Returns = Define(program, "r f1 v=$retval:s32", 1);

        CommandResult result = Muprobe.Run("compare", "-e", f1, "--filter", "a > 1 && a != 3", "-e", f1Returns, "--", program, "5");

        Assert.True(result.ExitStatus == 0, result.ToString());
        string[][] counts = [.. result.Output.Split('\n').Where(line => line is ['e', '0' or '1', ..]).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))];
        Assert.Equal(["e0", "e1"], counts.Select(fields => fields[0]));
        Assert.All(counts, fields => Assert.Equal(fields[1], fields[2]));
        Assert.NotEqual(counts[0][1], counts[1][1]);
    }

    [Fact]
    public void ABadFilterIsToldBeforeAnythingRuns()
    {
        CommandResult result = Muprobe.Run("compare", "-e", "p:e /bin/true:0x10 a=%di", "--filter", "b == 1", "--", "/bin/echo", "ran");
        Assert.Equal((2, ""), (result.ExitStatus, result.Output));
        Assert.Contains("Field not found", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void ABadDefinitionIsToldBeforeAnythingRuns()
    {
        CommandResult result = Muprobe.Run("compare", "-e", "p:e /bin/true:0x10 %zz", "--", "/bin/echo", "ran");
        Assert.Equal((2, ""), (result.ExitStatus, result.Output));
        Assert.Contains("Invalid register name", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void WithoutAProgramThereIsNothingToCompare() =>
        Assert.Equal(2, Muprobe.Run("compare", "-e", "p:e /bin/true:0x10").ExitStatus);

    public void Dispose() => _folder.Dispose();

    private string Define(string program, string definition, int number)
    {
        string[] fields = definition.Split(' ', 3);
        string[] place = fields[1].Split(':');
        string path = place.Length == 1 ? program : Library(place[0]);
        string arguments = fields.Length > 2 ? " " + fields[2] : "";
        return $"{fields[0]}:e{number} {path}:0x{ElfSymbols.OffsetOf(path, place[^1]):x}{arguments}";
    }

    /// <summary>A copy that the program finds before the system's, so that the kernel stops nobody else.</summary>
    private string Library(string name)
    {
        if (!System.IO.File.Exists(_folder[name]))
        {
            string path = name != Libc ? Fixture.Path(name)
                : CommandRunner.Output("ldd", "/bin/ls").Split('\n').First(line => line.Contains(Libc, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[2];
            _ = _folder.Copy(path, name);
        }

        return _folder[name];
    }
}
