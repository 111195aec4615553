using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Tests.Shared;
using Xunit;

namespace ManagedUprobe.IntegrationTests;

/// <summary>What ends how: the target's own status, 1 for what cannot be traced, 2 for what cannot be meant.</summary>
public sealed class ExitStatusTests : IDisposable
{
    private readonly PrivateFolder _folder = new();

    /// <summary>Definitions that are wrong, and where the caret stands in them.</summary>
    public static TheoryData<string, int> WrongDefinitions => new()
    {
        { "p:1a /bin/sh:0x10", 2 },
        { "p:a /bin/sh:0xzz", 12 },
        { "p:a /bin/sh:0x1000 b=%nosuch", 21 },
        { "p:a /bin/sh:0x1000 b=%di:nosuch", 25 },
        { "p:a /bin/sh:0x1000 b=%di b=%si", 25 },
        { "p:a /nosuch/file:0x10", 4 },
    };

    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 1", 1)]
    [InlineData("exit 2", 2)]
    [InlineData("exit 77", 77)]
    [InlineData("exit 255", 255)]
    [InlineData("kill -TERM $$", 143)]
    [InlineData("kill -KILL $$", 137)]
    [InlineData("kill -SEGV $$", 139)]
    [InlineData("kill -TRAP $$", 133)]
    [InlineData("(exit 3); (kill -INT $$) & wait; exit 4", 130)]
    public void TheTargetsStatusPassesThrough(string script, int status)
    {
        CommandResult result = Stat("-e", CallsProbe, "--", "/bin/sh", "-c", script);
        Assert.Equal(status, result.ExitStatus);
    }

    [Fact]
    public void AMissingProgramIsNamed()
    {
        AssertCannot(Stat("-e", CallsProbe, "--", "/nosuch/program"), "/nosuch/program", "No such file");
        AssertCannot(Stat("-e", CallsProbe, "--", "nosuchprogramanywhere"), "nosuchprogramanywhere", "No such file|not found");
    }

    [Fact]
    public void WhatExecveRefusesIsSaid()
    {
        string file = _folder["data"];
        File.WriteAllText(file, "no program");
        AssertCannot(Stat("-e", CallsProbe, "--", file), file, "Permission denied");
        CommandRunner.Output("chmod", "+x", file);
        AssertCannot(Stat("-e", CallsProbe, "--", file), file, "Exec format");
        AssertCannot(Stat("-e", CallsProbe, "--", _folder.Path), _folder.Path, "Permission denied|Is a directory");
    }

    [Fact]
    public void AProbeInAFileThatIsNoElfIsRefusedByName()
    {
        string text = _folder["text"];
        File.WriteAllText(text, string.Concat(Enumerable.Repeat("no ELF file\n", 1000)));
        AssertRefused(text, "ELF");
        string empty = _folder["empty"];
        File.WriteAllBytes(empty, []);
        AssertRefused(empty, "ELF|empty|truncated");
    }

    [Fact]
    public void TruncatedFilesAreRefusedByName()
    {
        byte[] whole = File.ReadAllBytes(Fixture.Path("calls"));
        foreach (int length in new[] { 3, 15, 40, 63, 64, 100, 500, 4096, whole.Length / 2, whole.Length - 100 })
        {
            string file = _folder[$"truncated{length}"];
            File.WriteAllBytes(file, whole[..length]);
            AssertRefused(file, "ELF|truncated|symbol");
        }
    }

    [Fact]
    public void FilesOfOtherMachinesAreRefusedByName()
    {
        AssertRefused(Patched("arm", 18, 183), "machine|AArch64|x86|EM_");
        AssertRefused(Patched("big", 5, 2), "endian|machine|ELF|x86");
        AssertRefused(Patched("class32", 4, 1), "32-bit|class|ELF");
        AssertRefused(Patched("nothing", 4, 0), "class|ELF");
    }

    [Fact]
    public void AStrippedFileHasNoSuchSymbol()
    {
        string file = Fixture.Path("calls_stripped");
        AssertUsage(Stat("-e", $"p {file}:f1", "--", file), "f1");
        ulong offset = ElfSymbols.OffsetOf(Fixture.Path("calls"), "f1");
        TraceRun ours = Muprobe.Stat([new Probe('p', "f1", file, offset)], new Command(file, "4"));
        Assert.Equal(4, ours.Hits["f1"]);
    }

    [Theory]
    [Scenario(74)]
    [InlineData("[vsyscall]")]
    [InlineData("[vdso]")]
    [InlineData("[heap]")]
    public void CodeWithoutAFileHasNoPlace(string name)
    {
        AssertUsage(Stat("-e", $"p:g/e {name}:0x10", "--", "/bin/echo", "must not run"), name);
    }

    [Fact]
    public void AnUnknownSymbolIsAWrongDefinition()
    {
        AssertUsage(Stat("-e", $"p {Fixture.Path("calls")}:nosuchfunction", "--", Fixture.Path("calls")), "nosuchfunction");
    }

    [Theory]
    [MemberData(nameof(WrongDefinitions))]
    public void AWrongDefinitionGetsMessageAndCaret(string definition, int column)
    {
        CommandResult result = Stat("-e", definition, "--", "/bin/echo", "must not run");
        Assert.Equal((2, ""), (result.ExitStatus, result.Output));
        string[] lines = result.Errors.Split('\n');
        int at = Array.FindIndex(lines, line => line.Contains(definition, StringComparison.Ordinal));
        Assert.True(at >= 0 && at + 1 < lines.Length, result.Errors);
        int start = lines[at].IndexOf(definition, StringComparison.Ordinal);
        Assert.Equal((lines[at + 1], start + column), (lines[at + 1], lines[at + 1].IndexOf('^', StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("stat")]
    [InlineData("trace")]
    [InlineData("nosuchcommand")]
    [InlineData("stat", "--nosuchoption", "--", "/bin/true")]
    [InlineData("stat", "-e", "p /bin/sh:0x1000")]
    [InlineData("stat", "--", "/bin/true")]
    [InlineData("trace", "-n", "x", "--", "/bin/true")]
    [InlineData("stat", "-p", "x", "-e", "p /bin/sh:0x1000")]
    public void WrongUsageIsTwo(params string[] arguments)
    {
        CommandResult result = Muprobe.Run(arguments);
        Assert.Equal((2, ""), (result.ExitStatus, result.Output));
        Assert.NotEmpty(result.Errors);
    }

    [Fact]
    public void AProcessThatIsNotThereIsOne()
    {
        CommandResult result = Stat("-e", CallsProbe, "-p", "4194300");
        AssertCannot(result, "4194300", "No such process|no such process");
    }

    [Fact]
    [Scenario(54)]
    public void AnotherTracerIsNamed()
    {
        using var target = new RunningCommand(new Command(Fixture.Path("waiting"), "5"));
        string pid = target.WaitForOutput("ready ").Split(' ')[1];
        using var strace = new RunningCommand(new Command("strace", "-o", _folder["strace"], "-p", pid));
        strace.WaitForErrors("strace: Process");

        CommandResult result = Stat("-e", $"p {Fixture.Path("waiting")}:f1", "-p", pid);

        AssertCannot(result, pid, "strace");
        strace.Signal("INT");
        Assert.Equal(5, target.WaitForEnd().Number("calls"));
    }

    [Fact]
    [Scenario(20)]
    public void AProbeInsideAnInstructionIsRefusedWithTheBoundariesUnlessForced()
    {
        string calls = Fixture.Path("calls");
        (ulong offset, _) = InstructionBoundaries.Disassemble(calls, ["f1"])[0];
        string definition = $"p:g/e {calls}:0x{offset + 1:x}";
        CommandResult result = Stat("-e", definition, "--", "/bin/echo", "must not run");
        Assert.NotEqual(0, result.ExitStatus);
        Assert.Equal("", result.Output);
        Assert.Contains($"{offset:x}", result.Errors, StringComparison.Ordinal);

        result = Stat("--force", "-e", definition, "--", "/bin/echo", "runs");
        Assert.Equal((0, "runs\n"), (result.ExitStatus, result.Output));
    }

    public void Dispose()
    {
        _folder.Dispose();
    }

    private static string CallsProbe => $"p {Fixture.Path("calls")}:f1";

    private CommandResult Stat(params string[] arguments)
    {
        return Muprobe.Run(["stat", "-o", _folder["report"], .. arguments]);
    }

    private string Patched(string name, int at, byte value)
    {
        byte[] image = File.ReadAllBytes(Fixture.Path("calls"));
        image[at] = value;
        string file = _folder[name];
        File.WriteAllBytes(file, image);
        return file;
    }

    /// <summary>Symbol and offset, trace and list: one line that names the file and the reason, never a crash.</summary>
    private void AssertRefused(string file, string reason)
    {
        List<CommandResult> results = [Stat("-e", $"p {file}:f1", "--", "/bin/echo", "must not run"), Muprobe.Run("list", "-x", file)];
        foreach (CommandResult result in results)
        {
            Assert.InRange(result.ExitStatus, 1, 2);
            Assert.Equal("", result.Output);
            Assert.Contains(Path.GetFileName(file), result.Errors, StringComparison.Ordinal);
            Assert.Matches(reason, result.Errors);
            Assert.DoesNotContain("Exception", result.Errors, StringComparison.Ordinal);
        }
    }

    private static void AssertCannot(CommandResult result, string name, string reason)
    {
        Assert.Equal((1, ""), (result.ExitStatus, result.Output));
        Assert.Contains(name, result.Errors, StringComparison.Ordinal);
        Assert.Matches(reason, result.Errors);
    }

    private static void AssertUsage(CommandResult result, string name)
    {
        Assert.Equal((2, ""), (result.ExitStatus, result.Output));
        Assert.Contains(name, result.Errors, StringComparison.Ordinal);
    }
}
