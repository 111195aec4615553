using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Tests.Shared;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Survival;

/// <summary>A process dies right before a ptrace request about it, for each request of a session in turn: a double stands before ptrace in the published file (<c>fixtures/deaths.c</c>).</summary>
public sealed class DeathInEveryRequestTests
{
    private const int Killed = 128 + 9;
    private const int Terminated = 128 + 15;

    // Calls of a target that runs until it is told to end.
    private const string Endless = "1000000000000000";
    private const int Calls = 3;

    // Those that seize the tracer's own task, resume it, and seize the program that it starts.
    private const int RequestsBeforeTheProgram = 8;

    [Fact]
    [Scenario(45)]
    public void TheTraceOfAStartedProgramGoesOn()
    {
        int requests = int.Parse(Launch(0).Log[^1].Split(' ')[1], CultureInfo.InvariantCulture);
        Assert.True(requests > 200, $"{requests} requests only");
        int stride = Repeat.Choose(7, 1);
        for (int at = RequestsBeforeTheProgram; at <= requests; at += stride)
        {
            (CommandResult result, string[] log, string[] events) = Launch(at);
            string what = $"death in request {at} of {requests}: {string.Join("; ", log)}\n{result}\n{string.Join('\n', events)}";
            Assert.True(result.ExitStatus is 0 or Killed, what);
            Assert.True(result.Errors.All(letter => letter < ' ') || result.Errors.Trim() is "Killed", what);
            string victim = log[0].StartsWith("killed ", StringComparison.Ordinal) ? log[0].Split(' ')[2] : "";
            int ended = result.Output.Split('\n').Count(line => line.StartsWith("sum ", StringComparison.Ordinal));
            Assert.True(victim switch { "calls" => ended == 1, "sh" => ended <= 2, _ => ended == 2 }, what);

            // Two processes, the first event of each call and its return.
            int returns = events.Count(line => line.Contains(" back: (0x", StringComparison.Ordinal));
            int entries = events.Count(line => line.Contains(" f1: (0x", StringComparison.Ordinal));
            Assert.True(events.Length == entries + returns && entries >= ended * Calls && returns >= ended * Calls && entries - returns is 0 or 1, what);
        }
    }

    [Theory]
    [Scenario(45, 59)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void TheTasksOfTheTracerItselfAreReplaced(int at)
    {
        (CommandResult result, string[] log, string[] events) = Launch(at);
        Assert.Contains(" muprobe ", log[0], StringComparison.Ordinal);
        Assert.Equal((0, ""), (result.ExitStatus, result.Errors));
        Assert.Equal(2 * 2 * Calls, events.Length);
    }

    [Fact]
    [Scenario(45)]
    public void AnotherTargetIsLeftUnharmed()
    {
        int[] places = Repeat.Long ? [.. Enumerable.Range(6, 135)] : [6, 12, 17, 25, 40, 70, 100, 130, 1_000];
        foreach (int at in places)
        {
            using var folder = new PrivateFolder();
            string program = Fixture.Path("threads");
            var target = new Command(program, "3", Endless);
            using var first = new RunningCommand(target);
            using var second = new RunningCommand(target);
            CommandResult result = CommandRunner.Run(Under(folder, at, "-p", Text(first.Id), "-p", Text(second.Id), "-d", "0.1", "-e", $"p {program}:work", "-e", $"r {program}:work"));
            string log = File.ReadAllText(folder["log"]);
            string what = $"death in request {at}: {log}{result}";
            int victim = int.Parse(log.Split(' ')[1], CultureInfo.InvariantCulture);
            Assert.True(victim == first.Id || victim == second.Id, what);
            Assert.True(result.ExitStatus == 0 || result.Errors.Contains($"muprobe: process {victim}", StringComparison.Ordinal), what);
            RunningCommand other = victim == first.Id ? second : first;
            Assert.False(other.HasEnded, what);
            Assert.Null(MappedText.FindDifference(other.Id));
            Assert.Contains("TracerPid:\t0\n", File.ReadAllText($"/proc/{other.Id}/status"), StringComparison.Ordinal);
            other.Signal("TERM");
            Assert.Equal(Terminated, other.WaitForEnd().ExitStatus);
        }
    }

    [Fact]
    [Scenario(45, 46)]
    public void ARepairEndsWithItsTarget()
    {
        const int FirstOfTheTarget = 6;
        for (int at = FirstOfTheTarget; at < FirstOfTheTarget + 80; at++)
        {
            using var folder = new PrivateFolder();
            using var target = new RunningCommand(new Command(DeadTracer.Program, "calls", "1"));
            _ = target.WaitForOutput("ready");
            DeadTracer.LeaveProbed(target, "hijack");
            CommandResult result = CommandRunner.Run(new Command(Muprobe.Path, "repair", Text(target.Id)) { Environment = DeathAt(folder, at) });
            Assert.True(result.ExitStatus is 0 or 1, $"death in request {at}: {File.ReadAllText(folder["log"])}{result}");
        }
    }

    private static (CommandResult Result, string[] Log, string[] Events) Launch(int at)
    {
        using var folder = new PrivateFolder();
        string program = Fixture.Path("calls");
        string script = $"{program} {Calls} & {program} {Calls}; wait";
        Command command = Under(folder, at, "-e", $"p:f1 {program}:f1", "-e", $"r:back {program}:f1 v=$retval", "-o", folder["events"], "--", "sh", "-c", script);
        CommandResult result = CommandRunner.Run(command);
        return (result, File.ReadAllLines(folder["log"]), File.Exists(folder["events"]) ? File.ReadAllLines(folder["events"]) : []);
    }

    private static Command Under(PrivateFolder folder, int at, params string[] arguments) => new(Muprobe.Path, ["trace", .. arguments])
    {
        Environment = DeathAt(folder, at),
    };

    private static Dictionary<string, string?> DeathAt(PrivateFolder folder, int at) => new(StringComparer.Ordinal)
    {
        ["LD_PRELOAD"] = Fixture.Path("libdeaths.so"),
        ["DEATHS_AT"] = Text(at),
        ["DEATHS_LOG"] = folder["log"],
    };

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
