using System;
using System.Globalization;
using System.IO;
using System.Linq;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Tests.Shared;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Survival;

/// <summary><c>muprobe repair</c>: tracer and watcher are both killed, so that nobody heals the target by itself.</summary>
public sealed class RepairTests
{
    [Theory]
    [InlineData("calls", "hijack", 4)]
    [InlineData("calls", "sites", 1)]
    [InlineData("handler", "hijack", 2)]
    [Scenario(33, 59)]
    public void WhatADeadTracerLeftIsRestored(string kind, string returns, int threads)
    {
        using var target = new RunningCommand(new Command(DeadTracer.Program, kind, threads.ToString(CultureInfo.InvariantCulture)));
        _ = target.WaitForOutput("ready");
        string maps = Code(target);
        DeadTracer.LeaveProbed(target, returns);
        Assert.NotNull(MappedText.FindDifference(target.Id));

        CommandResult repair = Run(target);

        Assert.Null(MappedText.FindDifference(target.Id));
        Assert.Equal((0, maps), (repair.ExitStatus, Code(target)));
        Assert.Contains("breakpoints replaced by the bytes of the file", repair.Output, StringComparison.Ordinal);
        Assert.Contains("SIGTRAP has the program's own action again", repair.Output, StringComparison.Ordinal);
        target.Send("k");
        Assert.Equal($"process {target.Id}: nothing to repair\n", Run(target).Output);
        CommandResult result = target.WaitForEnd();
        Assert.True(result.ExitStatus == 0, result.ToString());
    }

    [Fact]
    [Scenario(54)]
    public void ATracerThatLivesIsNotDisturbed()
    {
        using var target = new RunningCommand(new Command(DeadTracer.Program, "calls", "2"));
        _ = target.WaitForOutput("ready");
        using RunningCommand tracer = DeadTracer.Start(target, "auto");
        _ = tracer.WaitForErrors($"muprobe: process {target.Id} (killed): attached");

        CommandResult repair = Run(target);

        Assert.Equal(1, repair.ExitStatus);
        Assert.Contains($"already traced by process {tracer.Id} (muprobe); end that first", repair.Errors, StringComparison.Ordinal);
        Assert.NotNull(MappedText.FindDifference(target.Id));
    }

    private static CommandResult Run(RunningCommand target) => Muprobe.Run("repair", Text(target.Id));

    private static string Code(RunningCommand target) =>
        string.Join('\n', File.ReadLines($"/proc/{target.Id}/maps").Where(line => line.Contains("r-xp", StringComparison.Ordinal)));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
