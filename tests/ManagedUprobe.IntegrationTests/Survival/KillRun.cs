using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using ManagedUprobe.IntegrationTests.Support;
using Mono.Unix.Native;

namespace ManagedUprobe.IntegrationTests.Survival;

/// <summary>One target, one tracer, one kill.</summary>
internal sealed class KillRun : IDisposable
{
    private const int MaxDelayMs = 40;
    private const int KilledStatus = 128 + 9;
    private const int TrappedStatus = 128 + 5;
    private static readonly TimeSpan s_afterlife = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly KillCase _case;
    private readonly Random _random;
    private readonly PrivateFolder _folder = new();
    private readonly RunningCommand _target;
    private string _victim = "nobody";
    private bool _endsByItself;

    /// <summary>Starts the target.</summary>
    public KillRun(KillCase item, int seed)
    {
        _case = item;
        _random = new Random(seed);
        _target = StartProgram();
    }

    /// <summary>How long it took until nothing of the tracer was left; null when that was not reached.</summary>
    public TimeSpan? Healing { get; private set; }

    /// <summary>How fast the target was two seconds after the kill; null when that was not reached.</summary>
    public KillSpeed? Speed { get; private set; }

    /// <summary>Whether the target was killed by SIGTRAP: what no handler saves where the signal is blocked.</summary>
    public bool WasTrapped { get; private set; }

    /// <summary>Kills the tracer: null when the target lives as if nothing had been, else what is wrong.</summary>
    public string? FindHarm()
    {
        try
        {
            _ = _target.WaitForOutput("ready");
            Kill();
            long killed = Stopwatch.GetTimestamp();
            using RunningCommand twin = StartProgram();
            WaitUntilHealed();
            Healing = Stopwatch.GetElapsedTime(killed);
            _target.Send("k");
            _ = twin.WaitForOutput("ready");
            twin.Send(_case.InstallsLate ? "hk" : "k");
            TimeSpan left = s_afterlife - Stopwatch.GetElapsedTime(killed);
            Thread.Sleep(left > TimeSpan.Zero ? left : TimeSpan.Zero);
            Speed = KillSpeed.Measure(_target, twin);
            return Judge();
        }
        catch (Exception error) when (error is TimeoutException or IOException or UnauthorizedAccessException)
        {
            CommandResult? end = _target.HasEnded ? _target.WaitForEnd() : null;
            WasTrapped = end?.ExitStatus == TrappedStatus;
            return $"{_victim}: {error.Message}\n{end}";
        }
    }

    public void Dispose()
    {
        _target.Dispose();
        _folder.Dispose();
    }

    private RunningCommand StartProgram() => new(new Command(Fixture.Path(_case.Program), _case.Kind, _case.Threads.ToString(CultureInfo.InvariantCulture)));

    private void Kill()
    {
        using RunningCommand tracer = StartTracer();
        if (_case.Moment != KillMoment.Attach)
        {
            WaitForHits(tracer);
            _target.Send(_case.InstallsLate ? "h" : "d");
        }

        double delay = _random.NextDouble() * MaxDelayMs;
        if (_case.Moment == KillMoment.Detach)
        {
            tracer.Signal("INT");
        }

        Pause(delay);
        KillVictims(tracer);
        CommandResult end = tracer.WaitForEnd();
        if (end.ExitStatus != KilledStatus && _case.Moment != KillMoment.Detach && !_endsByItself)
        {
            throw new IOException($"the tracer was not killed: {end}");
        }

        // Too late: it had left already.
        _endsByItself |= end.ExitStatus != KilledStatus;
    }

    private RunningCommand StartTracer()
    {
        string[] definitions = [.. _case.Probes.SelectMany(probe => new[] { "-e", probe.Replace("PROGRAM", Fixture.Path(_case.Program)).Replace("LIBC", LibcPath()) })];
        string pid = _target.Id.ToString(CultureInfo.InvariantCulture);
        return new RunningCommand(new Command(
            "setsid", [Muprobe.Path, "trace", "-p", pid, "--mode", "trap", "--return", _case.Return, "-o", _folder["events"], .. definitions]));
    }

    private string LibcPath()
    {
        string line = File.ReadLines($"/proc/{_target.Id}/maps").First(line => line.Contains("/libc.so", StringComparison.Ordinal));
        return line[line.IndexOf('/', StringComparison.Ordinal)..];
    }

    private void WaitForHits(RunningCommand tracer)
    {
        var events = new FileInfo(_folder["events"]);
        while (!events.Exists || events.Length == 0)
        {
            tracer.ThrowIfEnded();
            _target.ThrowIfEnded();
            Thread.Sleep(1);
            events.Refresh();
        }
    }

    // Sleeping is too coarse for an instant.
    private static void Pause(double milliseconds)
    {
        long start = Stopwatch.GetTimestamp();
        Thread.Sleep((int)milliseconds);
        while (Stopwatch.GetElapsedTime(start).TotalMilliseconds < milliseconds)
        {
            _ = Thread.Yield();
        }
    }

    private void KillVictims(RunningCommand tracer)
    {
        int choice = _random.Next(8);
        if (choice == 0 && TaskOf(tracer, "uprobe-watch") is { } watcher)
        {
            _victim = "watcher, then tracer";
            _ = Syscall.kill(watcher, Signum.SIGKILL);
            while (!_target.HasEnded && !tracer.HasEnded && TaskOf(tracer, "uprobe-watch") is var other && (other == null || other == watcher))
            {
                Thread.Sleep(1);
            }

            Pause(_random.NextDouble() * MaxDelayMs);
            _ = Syscall.kill(tracer.Id, Signum.SIGKILL);
        }
        else if (choice == 1 && TaskOf(tracer, "muprobe") is { } helper)
        {
            // The tracer leaves its targets; memory that may be in use stays then.
            _victim = "helper, then tracer";
            _endsByItself = true;
            _ = Syscall.kill(helper, Signum.SIGKILL);
            Pause(_random.NextDouble() * MaxDelayMs);
            _ = Syscall.kill(tracer.Id, Signum.SIGKILL);
        }
        else if (choice < 5)
        {
            _victim = "tracer";
            _ = Syscall.kill(tracer.Id, Signum.SIGKILL);
        }
        else
        {
            // At its very beginning it is in our group.
            _victim = "group";
            while (Syscall.kill(-tracer.Id, Signum.SIGKILL) != 0 && !tracer.HasEnded)
            {
                _ = Thread.Yield();
            }
        }
    }

    // The watcher names itself, the helper does not; they are children of the tracer thread.
    private static int? TaskOf(RunningCommand tracer, string name)
    {
        try
        {
            return Directory.GetDirectories($"/proc/{tracer.Id}/task")
                .SelectMany(task => File.ReadAllText($"{task}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Where(child => File.ReadAllText($"/proc/{child}/comm").TrimEnd() == name)
                .Select(child => (int?)int.Parse(child, CultureInfo.InvariantCulture))
                .FirstOrDefault();
        }
        catch (IOException)
        {
            // It has ended.
            return null;
        }
    }

    private void WaitUntilHealed()
    {
        long start = Stopwatch.GetTimestamp();
        while (FindLeftover() is { } leftover)
        {
            _target.ThrowIfEnded();
            if (Stopwatch.GetElapsedTime(start) > s_patience)
            {
                throw new TimeoutException($"{leftover}\n{DescribeTarget()}");
            }

            Thread.Sleep(1);
        }
    }

    // For people: whether it runs, who holds it, and whether our handler is still in it.
    private string DescribeTarget() =>
        string.Join('\n', File.ReadLines($"/proc/{_target.Id}/status").Where(line => line.Split(':')[0] is "State" or "TracerPid" or "SigCgt"));

    private string? FindLeftover() =>
        MappedText.FindDifference(_target.Id) is { } difference ? $"the text is not that of the file: {difference}"
        : !_endsByItself && File.ReadLines($"/proc/{_target.Id}/maps").FirstOrDefault(IsTracers) is { } mapping ? $"still mapped: {mapping}"
        : null;

    // Without a name, executable, of the size and at the place of an area; the program's own pages of code are smaller.
    private static bool IsTracers(string mapping) =>
        mapping.TrimEnd().EndsWith("r-xp 00000000 00:00 0", StringComparison.Ordinal) && mapping[..mapping.IndexOf('-', StringComparison.Ordinal)].EndsWith("0000", StringComparison.Ordinal)
        && SizeOf(mapping) >= 0x10000;

    private static long SizeOf(string mapping)
    {
        long[] range = [.. mapping[..mapping.IndexOf(' ', StringComparison.Ordinal)].Split('-')
            .Select(word => long.Parse(word, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture))];
        return range[1] - range[0];
    }

    private string? Judge()
    {
        string? difference = FindLeftover();
        CommandResult result = _target.WaitForEnd();
        if (result.ExitStatus != 0 || result.Number("wrong") != 0)
        {
            return $"{_victim}: {result}";
        }

        return difference != null ? $"{_victim}: changed again: {difference}"
            : Speed is { IsEnough: false } ? $"{_victim}: slower than untraced: {Speed}"
            : null;
    }
}
