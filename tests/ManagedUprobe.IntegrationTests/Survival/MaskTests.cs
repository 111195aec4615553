using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Tests.Shared;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Survival;

/// <summary>Threads that have SIGTRAP blocked have it unblocked in the kernel while they are probed: nothing tells the program, and it gets its mask back.</summary>
public sealed class MaskTests
{
    private const int SigTrapBit = 0x10;
    private static readonly string s_program = Fixture.Path("masks");

    [Fact]
    [Scenario(48, 49, 80)]
    public void TheProgramIsToldItsOwnMask()
    {
        var command = new Command(s_program, "tell");
        CommandResult untraced = CommandRunner.Run(command);
        TraceRun ours = Muprobe.Stat([Probe.Entry(s_program, "hit")], command);
        Assert.Equal(untraced.Output, ours.Result.Output);
        Assert.Equal(0, ours.Result.ExitStatus);

        // The program that it executes counts none of its own.
        Assert.True(ours.Hits["hit"] > untraced.Number("hits"), ours.Result.ToString());
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("KILL")]
    [Scenario(59, 80)]
    public void TheProgramGetsItsMaskBack(string signal)
    {
        using var target = new RunningCommand(new Command(s_program, "wait", "3"));
        using var folder = new PrivateFolder();
        _ = target.WaitForOutput("ready");
        string code = Code(target);
        using (var tracer = new RunningCommand(new Command(
            Muprobe.Path, "trace", "-v", "-p", target.Id.ToString(CultureInfo.InvariantCulture), "-o", folder["events"], "-e", $"p {s_program}:hit")))
        {
            _ = tracer.WaitForErrors($"muprobe: process {target.Id} (masks): attached");
            target.Send("h");
            AwaitHits(folder["events"], target, tracer);
            tracer.Signal(signal);
            _ = tracer.WaitForEnd();
        }

        while (MappedText.FindDifference(target.Id) != null || Code(target) != code)
        {
            target.ThrowIfEnded();
            Thread.Sleep(1);
        }

        CommandResult result = target.WaitForEnd();
        string[] masks = [.. result.Output.Split('\n').Where(line => line.Contains("SigBlk", StringComparison.Ordinal))];
        Assert.True(masks.Length == 4 && masks.All(HasSigTrap), result.ToString());
    }

    private static void AwaitHits(string events, RunningCommand target, RunningCommand tracer)
    {
        string[] tids = [.. Directory.GetDirectories($"/proc/{target.Id}/task").Select(task => $"-{Path.GetFileName(task)} ")];
        while (!Array.TrueForAll(tids, tid => File.ReadLines(events).Any(line => line.Contains(tid, StringComparison.Ordinal))))
        {
            tracer.ThrowIfEnded();
            target.ThrowIfEnded();
            Thread.Sleep(1);
        }
    }

    private static string Code(RunningCommand target) =>
        string.Join('\n', File.ReadLines($"/proc/{target.Id}/maps").Where(line => line.Contains("r-xp", StringComparison.Ordinal)));

    private static bool HasSigTrap(string line) =>
        (ulong.Parse(line[(line.LastIndexOf('\t') + 1)..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) & SigTrapBit) != 0;
}
