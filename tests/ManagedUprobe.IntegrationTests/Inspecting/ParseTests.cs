using System;
using System.IO;
using System.Text;
using ManagedUprobe.IntegrationTests.Support;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Inspecting;

/// <summary><c>muprobe parse</c>: one line of fields for each line read.</summary>
public sealed class ParseTests
{
    private const string Listing = "p:uprobes/a /bin/sh:0x0000000000000010 x=%di";

    [Fact]
    public void LinesAreAppliedInTurn() =>
        Assert.Equal(
            [$"ok\t{Listing}", "ok\t", "ok\t", "error\tEINVAL\t19\tInvalid register name", "ok\t", "error\tENOENT\t-\t-"],
            Parse("p:a /bin/sh:0x10 x=%di\n# comment\n\np:b /bin/sh:0x10 x=%zz\n-:a\n-:a\n"));

    [Fact]
    public void FreshLinesKnowNothingOfEachOther() =>
        Assert.Equal([$"ok\t{Listing}", "error\tENOENT\t-\t-"], Parse("p:a /bin/sh:0x10 x=%di\n-:a\n", "--fresh"));

    [Fact]
    public void DynamicEventsKnowAnotherDelete()
    {
        const string Text = "p:a /bin/sh:0x10 x=%di\n!:a\n";
        Assert.StartsWith("error\t", Parse(Text)[1], StringComparison.Ordinal);
        Assert.Equal("ok\t", Parse(Text, "--file", "dynamic_events")[1]);
    }

    [Fact]
    public void SymbolsAreOfTheExtendedLanguageAlone()
    {
        string definition = $"p:a {Fixture.Path("calls")}:f1";
        Assert.StartsWith("error\tEINVAL\t-", Parse(definition)[0], StringComparison.Ordinal);
        Assert.StartsWith($"ok\tp:uprobes/a {Fixture.Path("calls")}:0x", Parse(definition, "--extended")[0], StringComparison.Ordinal);
    }

    [Fact]
    public void BytesThatAreNoTextComeBackAsTheyAre()
    {
        var command = new Command(Muprobe.Path, "parse") { Input = [.. "p:a"u8, 0xe9, .. " /bin/sh:0x10\n"u8] };
        CommandResult result = CommandRunner.Run(command);
        Assert.Equal("ok\tp:uprobes/a\u00e9 /bin/sh:0x0000000000000010\n", Encoding.Latin1.GetString(result.OutputBytes));
    }

    [Fact]
    public void AFileIsReadAsWell()
    {
        using var folder = new PrivateFolder();
        File.WriteAllText(folder["events"], "p:a /bin/sh:0x10 x=%di");
        Assert.Equal($"ok\t{Listing}\n", Muprobe.Run("parse", folder["events"]).Output);
    }

    [Theory]
    [InlineData(1, "parse", "/nonexistent")]
    [InlineData(2, "parse", "--file", "kprobe_events")]
    [InlineData(2, "parse", "--extended", "--file", "dynamic_events")]
    public void WhatCannotBeReadIsAnError(int status, params string[] arguments) =>
        Assert.Equal(status, Muprobe.Run(arguments).ExitStatus);

    private static string[] Parse(string text, params string[] options)
    {
        CommandResult result = CommandRunner.Run(new Command(Muprobe.Path, ["parse", .. options]) { Input = Encoding.UTF8.GetBytes(text) });
        Assert.Equal((0, string.Empty), (result.ExitStatus, result.Errors));
        return result.Output[..^1].Split('\n');
    }
}
