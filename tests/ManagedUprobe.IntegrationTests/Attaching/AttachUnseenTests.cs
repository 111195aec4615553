using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Session;
using ManagedUprobe.Tests.Shared;
using ManagedUprobe.Uprobes;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Attaching;

/// <summary>Threads in every blocking system call do not notice that a tracer comes and goes, and their signals neither.</summary>
/// <remarks>
/// Alone on the machine, and judged by the best of a few tries: what another process does to a wait of milliseconds cannot be told from what a tracer does, but
/// a tracer that disturbs does so every time. The long form judges every wait: none ends with an EINTR of ours, early, or late. The short one, which runs on machines
/// of any kind, does not look at the clock, and allows what is known to be left: a signal that the program ignores and that comes while one of its threads
/// stands in a stop wakes another thread, whose wait ends with EINTR or is begun anew.
/// </remarks>
[Collection(nameof(AloneOnTheMachine))]
public sealed class AttachUnseenTests
{
    private const long LateUs = 10_000;

    /// <summary>Nothing returns early: what the fixture calls early is its own rounding of microseconds to both sides.</summary>
    private const long EarlyUs = 10;

    /// <summary>Where hits are traced, fewer threads: all wake at once, and what one waits for the others' hits is no part of attaching.</summary>
    private static readonly string[] s_few =
    [
        "nanosleep", "poll", "poll+", "select", "read+", "futex", "futex+", "epoll_wait", "epoll_wait+", "sigtimedwait", "semop", "semop+", "recv",
        "io_uring", "io_uring+",
    ];

    private const int WarmUpCycles = 20;
    private const int Tries = 4;

    /// <summary>In the short form an EINTR of ours is allowed in so many cycles, at 25 signals a second.</summary>
    private const int CyclesOfAnEintr = 6;

    [Theory]
    [Scenario(52, 78, 79)]
    [InlineData("default", "judge")]
    [InlineData("ignore", "judge")]
    [InlineData("default", "die")]
    public void NoWaitEndsEarlyOrLate(string disposition, string function)
    {
        string program = Fixture.Path("waits");
        string[] arguments = ["-s", "600", "-q", "0", "-d", disposition, "-c", "31", "-w", "40", .. function == "judge" ? s_few : []];
        var probe = new Uprobe(program, ElfSymbols.OffsetOf(program, function));
        WarmUp(program, arguments, probe);

        string? seen = null;
        string? busy = null;
        for (int attempt = 0; attempt < Tries; attempt++)
        {
            (string? difference, busy) = Compare(program, arguments, probe, function == "judge");
            if (difference == null && busy == null)
            {
                return;
            }

            seen = difference ?? seen;
        }

        Assert.SkipWhen(seen == null, busy ?? string.Empty);
        Assert.Fail($"{Tries} tries, the last that could be judged:\n{seen}");
    }

    private static (string? Difference, string? Busy) Compare(string program, string[] arguments, Uprobe probe, bool isHit)
    {
        using var target = new Grandchild(program, arguments);
        using var twin = new Grandchild(program, arguments);
        long hits = 0;
        int cycles = Repeat.Choose(60, 1000);
        for (int cycle = 0; cycle < cycles; cycle++)
        {
            hits += AttachOnce(target.Id, probe, TimeSpan.FromMilliseconds(10 + (cycle % 7 * 20)));
            target.ThrowIfEnded();
        }

        Assert.Equal(isHit, hits > 0);
        Dictionary<string, WaitReport> alone = WaitReport.ParseAll(twin.WaitForEnd().Output);
        Dictionary<string, WaitReport> traced = WaitReport.ParseAll(target.WaitForEnd().Output);
        Assert.Equal(alone.Count, traced.Count);
        return Judge(traced, alone, Repeat.Long ? 0 : cycles / CyclesOfAnEintr);
    }

    private static (string? Difference, string? Busy) Judge(
        Dictionary<string, WaitReport> traced, Dictionary<string, WaitReport> alone, long eintrs)
    {
        long eintr = traced.Values.Sum(report => report.Eintr) - alone.Values.Sum(report => report.Eintr);
        if (eintr > eintrs)
        {
            return ($"{eintr} EINTR more than untraced", null);
        }

        string broken = string.Join('\n', traced.Values.Where(report => report.Wrong != alone[report.Name].Wrong));
        if (broken.Length > 0 || !Repeat.Long)
        {
            return (broken.Length > 0 ? broken : null, null);
        }

        return JudgeTimes(traced, alone);
    }

    private static (string? Difference, string? Busy) JudgeTimes(Dictionary<string, WaitReport> traced, Dictionary<string, WaitReport> alone)
    {
        long twinUs = alone.Values.Max(report => report.LateUs);
        string early = string.Join('\n', traced.Values.Where(report => report.EarlyUs > alone[report.Name].EarlyUs + EarlyUs));
        string late = string.Join('\n', traced.Values.Where(report => report.LateUs > twinUs + LateUs));
        if (early.Length > 0)
        {
            return (early, null);
        }

        return twinUs > LateUs
            ? (null, $"The machine is too busy to tell: an untraced wait was {twinUs} us late.")
            : (late.Length > 0 ? late : null, null);
    }

    /// <summary>A tracer that is compiled while it runs holds its first stops up for some fifty milliseconds.</summary>
    private static void WarmUp(string program, string[] arguments, Uprobe probe)
    {
        using var other = new Grandchild(program, arguments);
        for (int cycle = 0; cycle < WarmUpCycles; cycle++)
        {
            AttachOnce(other.Id, probe, TimeSpan.FromMilliseconds(50));
        }
    }

    private static long AttachOnce(int pid, Uprobe probe, TimeSpan length)
    {
        var consumer = new CountingConsumer();
        using var session = UprobeSession.Attach(pid, new SessionOptions { CountOnly = true });
        session.Register(probe, consumer);
        Thread.Sleep(length);
        session.Dispose();
        return consumer.Hits;
    }
}
