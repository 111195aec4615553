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
/// Alone on the machine, beside an untraced twin. As long as that is served in time, results are absolute: no EINTR, nothing early. Lateness is judged by the best of
/// a few tries: what another process does to a wait of milliseconds cannot be told from what a tracer does, but a tracer that disturbs does so every time. Where
/// the machine keeps tracer and threads from the CPU for longer than that, a thread that the tracer means to restart can come too late for it.
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

    /// <summary>On a machine that is too busy to tell more, an EINTR of ours is allowed in so many cycles of the short form, at 25 signals a second.</summary>
    private const int CyclesOfAnEintr = 6;

    /// <summary>
    /// SIGCHLD, which the program ignores, stands in the queue of a traced process until the thread that it woke has got a CPU. A thread that begins sigtimedwait
    /// meanwhile finds it there (the kernel's do_sigtimedwait calls recalc_sigpending) and comes out with EINTR, without a stop: no tracer can see that. One in so many cycles at most.
    /// </summary>
    private const int CyclesOfARace = 200;

    private const string Raced = "sigtimedwait";

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
        traced[Raced] = traced[Raced].WithoutEintr(1 + (cycles / CyclesOfARace));
        return JudgeResults(traced, alone, Repeat.Long ? 0 : cycles / CyclesOfAnEintr) is { } difference ? (difference, null) : Judge(traced, alone);
    }

    /// <summary>What no load of the machine excuses.</summary>
    private static string? JudgeResults(Dictionary<string, WaitReport> traced, Dictionary<string, WaitReport> alone, long eintrs)
    {
        long eintr = traced.Values.Sum(report => report.Eintr) - alone.Values.Sum(report => report.Eintr);
        string wrong = string.Join('\n', traced.Values.Where(report => report.Wrong != alone[report.Name].Wrong));
        return eintr > eintrs ? $"{eintr} EINTR more than untraced" : wrong.Length > 0 ? wrong : null;
    }

    private static (string? Difference, string? Busy) Judge(Dictionary<string, WaitReport> traced, Dictionary<string, WaitReport> alone)
    {
        long twinUs = alone.Values.Max(report => report.LateUs);
        string differences = string.Join('\n', traced.Values.Where(report => Differs(report, alone[report.Name])));
        string late = string.Join('\n', traced.Values.Where(report => report.LateUs > twinUs + LateUs));
        if (differences.Length + late.Length > 0 && twinUs > LateUs)
        {
            return (null, $"The machine is too busy to tell: an untraced wait was {twinUs} us late.");
        }

        Assert.True(differences.Length == 0, $"EINTR, wrong or early, which untraced is not:\n{differences}");
        return (late.Length > 0 ? late : null, null);
    }

    private static bool Differs(WaitReport traced, WaitReport alone)
    {
        return traced.Eintr > alone.Eintr || traced.Wrong > alone.Wrong || traced.EarlyUs > alone.EarlyUs + EarlyUs;
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
