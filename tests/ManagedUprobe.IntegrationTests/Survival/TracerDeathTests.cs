using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Tests.Shared;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Survival;

/// <summary>The tracer is killed at some instant while threads storm through its probes: the target lives on, with the right result.</summary>
public sealed class TracerDeathTests
{
    private const int RandomSeed = 33_59_81;

    private static readonly string s_program = Fixture.Path("attach_storm");

    [Theory]
    [Scenario(33, 59, 81)]
    [InlineData("1", 'p', "auto")]
    [InlineData("8", 'p', "auto")]
    [InlineData("4", 'r', "auto")]
    [InlineData("4", 'r', "hijack")]
    public void Scenario059_TheTargetOutlivesItsTracer(string threads, char kind, string returns)
    {
        var random = new Random(RandomSeed);
        for (int run = 0; run < Repeat.Choose(3, 250); run++)
        {
            using var target = new RunningCommand(new Command(s_program, threads));
            _ = target.WaitForOutput("ready");

            KillTracerOf(target, kind, returns, random.Next(30));

            WaitUntilTextIsThatOfTheFile(target);
            CommandResult result = target.WaitForEnd();
            Assert.Equal((run, 0, 0), (run, result.ExitStatus, result.Number("wrong")));
            Assert.Equal(result.Number("raised"), result.Number("handled"));
        }
    }

    [Fact]
    public void AWatcherThatIsKilledIsReplaced()
    {
        using var target = new RunningCommand(new Command(s_program, "2"));
        _ = target.WaitForOutput("ready");
        using RunningCommand tracer = StartTracer(target, 'p', "auto");
        WaitUntilProbed(target, tracer);
        int first = WatcherOf(tracer, not: 0);

        Kill(first);

        Assert.NotEqual(first, WatcherOf(tracer, not: first));
        tracer.Signal("KILL");
        WaitUntilTextIsThatOfTheFile(target);
        Assert.Equal(0, target.WaitForEnd().ExitStatus);
    }

    [Fact]
    [Scenario(33)]
    public void NothingOfUsIsLeftBehindAfterAnOrderlyEnd()
    {
        using var target = new RunningCommand(new Command(s_program, "2"));
        _ = target.WaitForOutput("ready");
        string maps = Code(target);
        string dispositions = Dispositions(target);
        using RunningCommand tracer = StartTracer(target, 'r', "hijack");
        WaitUntilProbed(target, tracer);
        Assert.NotEqual(maps, Code(target));

        tracer.Signal("INT");
        _ = tracer.WaitForEnd();

        Assert.Equal((maps, dispositions), (Code(target), Dispositions(target)));
        Assert.Equal(0, target.WaitForEnd().ExitStatus);
    }

    private static void KillTracerOf(RunningCommand target, char kind, string returns, int milliseconds)
    {
        using RunningCommand tracer = StartTracer(target, kind, returns);
        WaitUntilProbed(target, tracer);
        Thread.Sleep(milliseconds);
        tracer.Signal("KILL");
        _ = tracer.WaitForEnd();
    }

    private static RunningCommand StartTracer(RunningCommand target, char kind, string returns) =>
        new(new Command(
            Muprobe.Path,
            ["stat", "-p", target.Id.ToString(CultureInfo.InvariantCulture), "--return", returns, "-e", $"{kind} {s_program}:mix", "-e", $"{kind} {s_program}:nested"]));

    private static void WaitUntilProbed(RunningCommand target, RunningCommand tracer)
    {
        // The first call of ours runs in the text's own padding, before there is an area.
        while (!HasArea(target) || IsTextThatOfTheFile(target))
        {
            tracer.ThrowIfEnded();
            target.ThrowIfEnded();
            Thread.Sleep(1);
        }
    }

    private static void WaitUntilTextIsThatOfTheFile(RunningCommand target)
    {
        while (!IsTextThatOfTheFile(target))
        {
            target.ThrowIfEnded();
            Thread.Sleep(1);
        }
    }

    private static bool IsTextThatOfTheFile(RunningCommand target)
    {
        string line = File.ReadLines($"/proc/{target.Id}/maps").First(line => line.Contains("r-xp", StringComparison.Ordinal) && line.EndsWith(s_program, StringComparison.Ordinal));
        string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        ulong[] range = [.. fields[0].Split('-').Select(word => ulong.Parse(word, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture))];
        int offset = int.Parse(fields[2], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        using FileStream memory = File.OpenRead($"/proc/{target.Id}/mem");
        byte[] file = File.ReadAllBytes(s_program);
        byte[] text = new byte[Math.Min((int)(range[1] - range[0]), file.Length - offset)];
        memory.Position = (long)range[0];
        memory.ReadExactly(text);
        return text.AsSpan().SequenceEqual(file.AsSpan(offset, text.Length));
    }

    // The task names itself; it is a child of the tracer thread.
    private static int WatcherOf(RunningCommand tracer, int not)
    {
        while (true)
        {
            tracer.ThrowIfEnded();
            foreach (string task in Directory.GetDirectories($"/proc/{tracer.Id}/task"))
            {
                foreach (string child in File.ReadAllText($"{task}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
                {
                    int pid = int.Parse(child, CultureInfo.InvariantCulture);
                    if (pid != not && File.ReadAllText($"/proc/{pid}/comm") == "uprobe-watch\n")
                    {
                        return pid;
                    }
                }
            }

            Thread.Sleep(1);
        }
    }

    private static void Kill(int pid)
    {
        using var process = System.Diagnostics.Process.GetProcessById(pid);
        process.Kill();
    }

    private static string Code(RunningCommand target) =>
        string.Join('\n', File.ReadLines($"/proc/{target.Id}/maps").Where(line => line.Contains("r-xp", StringComparison.Ordinal)));

    private static bool HasArea(RunningCommand target) =>
        File.ReadLines($"/proc/{target.Id}/maps").Any(line => line.Contains("r-xp 00000000 00:00 0", StringComparison.Ordinal) && !line.Contains('[', StringComparison.Ordinal));

    private static string Dispositions(RunningCommand target) =>
        string.Join('\n', File.ReadLines($"/proc/{target.Id}/status").Where(line => line.StartsWith("Sig", StringComparison.Ordinal) && !line.StartsWith("SigQ", StringComparison.Ordinal)));
}
