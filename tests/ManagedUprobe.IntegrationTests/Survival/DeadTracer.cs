using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using ManagedUprobe.IntegrationTests.Support;
using Mono.Unix.Native;

namespace ManagedUprobe.IntegrationTests.Survival;

/// <summary>Tracers of the fixture <c>killed</c> that leave it with everything of theirs in place.</summary>
internal static class DeadTracer
{
    /// <summary>The fixture.</summary>
    public static string Program { get; } = Fixture.Path("killed");

    /// <summary>Traces a target, and dies together with the task that would heal it. A stopped tracer replaces no watcher.</summary>
    public static void LeaveProbed(RunningCommand target, string returns)
    {
        using RunningCommand tracer = Start(target, returns);
        _ = tracer.WaitForErrors($"muprobe: process {target.Id} (killed): attached");
        target.Send("d");
        int watcher = WatcherOf(tracer);
        _ = Syscall.kill(tracer.Id, Signum.SIGSTOP);
        while (!File.ReadAllText($"/proc/{tracer.Id}/stat").Contains(") T", StringComparison.Ordinal))
        {
            Thread.Sleep(1);
        }

        _ = Syscall.kill(watcher, Signum.SIGKILL);
        while (File.Exists($"/proc/{watcher}/mem") && !File.ReadAllText($"/proc/{watcher}/stat").Contains(") Z", StringComparison.Ordinal))
        {
            Thread.Sleep(1);
        }

        _ = Syscall.kill(tracer.Id, Signum.SIGKILL);
        _ = tracer.WaitForEnd();
    }

    /// <summary>Begins to trace a target.</summary>
    public static RunningCommand Start(RunningCommand target, string returns) =>
        new(new Command(
            Muprobe.Path,
            ["stat", "-v", "-p", target.Id.ToString(CultureInfo.InvariantCulture), "--return", returns, "-e", $"r {Program}:mix", "-e", $"r {Program}:outer"]));

    private static int WatcherOf(RunningCommand tracer) =>
        Directory.GetDirectories($"/proc/{tracer.Id}/task")
            .SelectMany(task => File.ReadAllText($"{task}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(child => File.ReadAllText($"/proc/{child}/comm") == "uprobe-watch\n")
            .Select(child => int.Parse(child, CultureInfo.InvariantCulture))
            .First();
}
