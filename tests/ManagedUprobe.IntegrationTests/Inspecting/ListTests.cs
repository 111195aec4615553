using System;
using System.Globalization;
using System.IO;
using System.Linq;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Tests.Shared;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Inspecting;

/// <summary><c>muprobe list</c>: what scripts read, and what bad files get.</summary>
public sealed class ListTests
{
    [Fact]
    [Scenario(70)]
    public void EveryNameOfAFunctionIsListedAndMeansTheSamePlace()
    {
        string libc = LibcPath();
        string[] lines = Muprobe.Run("list", "-x", libc, "*malloc").Output.Split('\n');
        string[] places = [.. from line in lines where line.EndsWith(" malloc@@GLIBC_2.2.5", StringComparison.Ordinal) || line.EndsWith(" __libc_malloc@@GLIBC_2.2.5", StringComparison.Ordinal) select line.Split(' ')[0]];
        Assert.Equal(2, places.Length);
        Assert.Equal(places[0], places[1]);
        TraceRun ours = Muprobe.StatDefinitions([$"p:mutest/one {libc}:malloc", $"p:mutest/other {libc}:__libc_malloc"], new Command("/bin/ls", "/"));
        Assert.True(ours.Hits["one"] > 0);
        Assert.Equal(ours.Hits["one"], ours.Hits["other"]);
    }

    [Theory]
    [InlineData("libc.so.6", "malloc")]
    [InlineData("bash", "execute_command")]
    public void AFileMayBeNamedAsInADefinition(string name, string function) =>
        Assert.Contains(function, Lines(Muprobe.Run("list", "-x", name, function)).Select(line => Fields(line)[3].Split('@')[0]));

    [Fact]
    public void AFunctionsOffsetIsThatOfADefinition()
    {
        string calls = Fixture.Path("calls");
        string[] fields = Fields(Lines(Muprobe.Run("list", "-x", calls, "f1")).Single());

        Assert.Equal(("func", "f1"), (fields[2], fields[3]));
        TraceRun run = Muprobe.StatDefinitions([$"p:g/f1 {calls}:{fields[0]}"], new Command(calls, "7"));
        Assert.Equal(7, run.Hits["f1"]);
    }

    [Fact]
    public void EveryFunctionOfATableIsListedInOrder()
    {
        string bash = "/bin/bash";
        ulong[] offsets = [.. Lines(Muprobe.Run("list", "-x", bash)).Select(line => Offset(Fields(line)[0]))];
        Assert.True(offsets.Length > 1000);
        Assert.Equal(offsets.Order(), offsets);
    }

    [Fact]
    public void AnIfuncIsMarked() =>
        Assert.Equal("ifunc", Fields(Lines(Muprobe.Run("list", "-x", Fixture.Path("ifunc"), "pick")).Single())[2]);

    [Fact]
    public void AProcessListsTheFilesThatItMaps()
    {
        using var target = new RunningCommand(new Command(Fixture.Path("waiting"), "1", "0"));
        string pid = target.WaitForOutput("ready ").Split(' ')[1];

        string[] lines = Lines(Muprobe.Run("list", "-p", pid, "ma*"));

        Assert.Contains(lines, line => Fields(line)[0] == Fixture.Path("waiting") && Fields(line)[4] == "main");
        Assert.Contains(lines, line => Fields(line)[0].EndsWith("/libc.so.6", StringComparison.Ordinal) && Fields(line)[4].StartsWith("malloc@@", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("text", "not an ELF file")]
    [InlineData("truncated", "truncated ELF file")]
    [InlineData("class32", "32-bit ELF file")]
    [InlineData("arm", "ELF file for AArch64")]
    [InlineData("stripped", "no function symbols (it is stripped)")]
    [InlineData("missing", "no such file")]
    public void ABadFileIsNamed(string kind, string message)
    {
        using var folder = new PrivateFolder();
        string file = Damage(folder, kind);

        CommandResult result = Muprobe.Run("list", "-x", file);

        Assert.Equal((1, string.Empty), (result.ExitStatus, result.Output));
        Assert.StartsWith($"muprobe: {file}: ", result.Errors, StringComparison.Ordinal);
        Assert.Contains(message, result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void AMissingNameIsCorrected()
    {
        CommandResult result = Muprobe.Run("list", "-x", Fixture.Path("calls"), "f2");
        Assert.Equal(1, result.ExitStatus);
        Assert.Contains("did you mean 'f1'", result.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("list")]
    [InlineData("list", "-x", "/bin/sh", "-p", "1")]
    [InlineData("list", "-p", "nobody")]
    public void BadUsageIsStatus2(params string[] arguments) => Assert.Equal(2, Muprobe.Run(arguments).ExitStatus);

    [Fact]
    public void NoSuchProcessIsStatus1()
    {
        CommandResult result = Muprobe.Run("list", "-p", "99999999");
        Assert.Equal((1, "muprobe: process 99999999: no such process\n"), (result.ExitStatus, result.Errors));
    }

    private static string Damage(PrivateFolder folder, string kind)
    {
        string path = folder["damaged"];
        byte[] elf = File.ReadAllBytes(Fixture.Path(kind == "stripped" ? "calls_stripped" : "calls"));
        switch (kind)
        {
            case "missing":
                return path;
            case "text":
                elf = "no program"u8.ToArray();
                break;
            case "truncated":
                elf = elf[..512];
                break;
            case "class32":
                elf[4] = 1;
                break;
            case "arm":
                elf[18] = 183;
                break;
        }

        File.WriteAllBytes(path, elf);
        return path;
    }

    private static string[] Lines(CommandResult result)
    {
        Assert.Equal((0, string.Empty), (result.ExitStatus, result.Errors));
        return result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static string[] Fields(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static ulong Offset(string field) =>
        ulong.Parse(field[2..].Split('(')[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static string LibcPath() =>
        CommandRunner.Run("ldd", "/bin/ls").Output.Split([' ', '\n']).First(word => word.EndsWith("/libc.so.6", StringComparison.Ordinal));
}
