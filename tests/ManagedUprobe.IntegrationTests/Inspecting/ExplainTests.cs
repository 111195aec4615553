using System;
using System.Linq;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Tests.Shared;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Inspecting;

/// <summary><c>muprobe explain</c>: what it says is what trace does.</summary>
public sealed class ExplainTests
{
    [Fact]
    public void AProbeThatIsPlacedIsStatus0()
    {
        CommandResult result = Muprobe.Run("explain", "-e", $"p:g/f1 {Fixture.Path("calls")}:f1");
        Assert.Equal((0, "trap"), (result.ExitStatus, Value(result, "mode")));
        Assert.Equal("g:f1", Value(result, "event"));
        Assert.Equal("f1", Value(result, "symbol"));
    }

    [Fact]
    public void WhatExplainRefusesTraceRefuses()
    {
        string calls = Fixture.Path("calls");
        string[] definition = ["-e", $"p:g/f1 {calls}:f1+1"];
        CommandResult explained = Muprobe.Run(["explain", .. definition]);
        CommandResult traced = Muprobe.Run(["trace", .. definition, "--", calls, "1"]);

        Assert.Equal((1, 1), (explained.ExitStatus, traced.ExitStatus));
        string reason = Value(explained, "mode")["refused: ".Length..];
        Assert.Contains(reason, traced.Errors, StringComparison.Ordinal);
        Assert.StartsWith("places it", Value(explained, "kernel"), StringComparison.Ordinal);
    }

    [Fact]
    public void ARefusedOneAmongOthersIsStatus1AndAllAreShown()
    {
        string calls = Fixture.Path("calls");
        CommandResult result = Muprobe.Run("explain", "-e", $"p:g/a {calls}:f1+1", "-e", $"p:g/b {calls}:f1");
        Assert.Equal(1, result.ExitStatus);
        Assert.Equal(2, result.Output.Split('\n').Count(line => line.StartsWith("event ", StringComparison.Ordinal)));
    }

    [Fact]
    public void AWrongDefinitionIsShownWithACaret()
    {
        CommandResult result = Muprobe.Run("explain", "-e", "p:g/f1 /bin/sh:0x10 a=%zz");
        Assert.Equal((2, string.Empty), (result.ExitStatus, result.Output));
        Assert.Equal(
            ["muprobe: Invalid register name", "  Command: p:g/f1 /bin/sh:0x10 a=%zz", new string(' ', 33) + "^", ""],
            result.Errors.Split('\n'));
    }

    [Fact]
    public void AProcessTellsWhereItMapsTheProbe()
    {
        using var target = new RunningCommand(new Command(Fixture.Path("waiting"), "1", "0"));
        string pid = target.WaitForOutput("ready ").Split(' ')[1];

        CommandResult result = Muprobe.Run("explain", "-p", pid, "-e", "p libc.so.6:malloc");

        Assert.Equal(0, result.ExitStatus);
        Assert.Matches($@"^{pid} \(waiting\): mapped at 0x7[0-9a-f]+; ", Value(result, "process"));
    }

    [Fact]
    [Scenario(69)]
    public void AnIfuncThatAProcessHasResolvedIsExplainedAtTheFunctionThatRuns()
    {
        using var target = new RunningCommand(new Command(Fixture.Path("waiting"), "1", "0"));
        string pid = target.WaitForOutput("ready ").Split(' ')[1];

        CommandResult result = Muprobe.Run("explain", "-p", pid, "-e", "p libc.so.6:strlen");

        Assert.Equal(0, result.ExitStatus);
        string[] blocks = result.Output.Split("\n\n");
        Assert.Equal(2, blocks.Length);
        Assert.Contains("this is its resolver", blocks[0], StringComparison.Ordinal);
        Assert.Contains("what strlen resolves to in the process", blocks[1], StringComparison.Ordinal);
        Assert.NotEqual(Line(blocks[0], "offset"), Line(blocks[1], "offset"));
        Assert.Contains(": mapped at 0x", Line(blocks[1], "process"), StringComparison.Ordinal);
    }

    private static string Value(CommandResult result, string name) => Line(result.Output, name);

    private static string Line(string text, string name)
    {
        string line = text.Split('\n').Single(line => line.StartsWith(name + " ", StringComparison.Ordinal));
        return line[name.Length..].TrimStart();
    }
}
