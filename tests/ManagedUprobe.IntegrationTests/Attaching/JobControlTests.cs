using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Session;
using ManagedUprobe.Tests.Shared;
using ManagedUprobe.Uprobes;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Attaching;

/// <summary>Stopping and continuing by signals works as if nobody traced.</summary>
public sealed class JobControlTests
{
    private static readonly string s_program = Fixture.Path("attach_storm");

    [Fact]
    [Scenario(47)]
    public void ATracedProcessStopsAndGoesOn()
    {
        using var target = new Grandchild(s_program, "2");
        var consumer = new CountingConsumer();
        using (UprobeSession session = Attach(target, consumer))
        {
            Signal(target, "STOP");
            WaitForState(target, stopped: true);
            long hits = consumer.Hits;
            Thread.Sleep(100);
            Assert.Equal(hits, consumer.Hits);
            Signal(target, "CONT");
            WaitForState(target, stopped: false);
            WaitForHits(consumer, hits + 10);
        }

        AssertRight(target);
    }

    [Fact]
    [Scenario(47)]
    public void AStoppedProcessStaysStoppedWhenATracerComesAndGoes()
    {
        using var target = new Grandchild(s_program, "2");
        Signal(target, "STOP");
        WaitForState(target, stopped: true);
        var consumer = new CountingConsumer();
        Attach(target, consumer).Dispose();
        WaitForState(target, stopped: true);
        Thread.Sleep(50);
        Assert.True(IsStopped(target));
        Assert.Equal(0, consumer.Hits);

        Signal(target, "CONT");
        WaitForState(target, stopped: false);
        AssertRight(target);
    }

    [Fact]
    [Scenario(47)]
    public void AProcessThatWasStoppedUnderTraceIsLeftStopped()
    {
        using var target = new Grandchild(s_program, "2");
        var consumer = new CountingConsumer();
        UprobeSession session = Attach(target, consumer);
        WaitForHits(consumer, 10);
        Signal(target, "STOP");
        WaitForState(target, stopped: true);
        session.Dispose();
        WaitForState(target, stopped: true);

        Signal(target, "CONT");
        WaitForState(target, stopped: false);
        AssertRight(target);
    }

    /// <summary>The one is lent for the calls that put the guard in and take it out.</summary>
    [Fact]
    public void AttachingWithoutHitsStopsOneThreadAtMost()
    {
        string program = Fixture.Path("waits");
        using var target = new Grandchild(program, "-s", "60", "-q", "0", "nanosleep+", "futex_pi", "flock+", "-m", "50000");
        Thread.Sleep(100);
        List<string> before = Switches(target);
        for (int cycle = 0; cycle < 20; cycle++)
        {
            using var session = UprobeSession.Attach(target.Id, new SessionOptions { CountOnly = true });
            session.Register(new Uprobe(program, ElfSymbols.OffsetOf(program, "die")), new CountingConsumer());
        }

        List<string> after = Switches(target);
        Assert.Equal(before.Count, after.Count);
        Assert.InRange(after.Except(before, StringComparer.Ordinal).Count(), 0, 1);
        target.WaitForEnd();
    }

    private static UprobeSession Attach(Grandchild target, UprobeConsumer consumer)
    {
        var session = UprobeSession.Attach(target.Id, new SessionOptions { CountOnly = true });
        session.Register(new Uprobe(s_program, ElfSymbols.OffsetOf(s_program, "mix")), consumer);
        return session;
    }

    private static void AssertRight(Grandchild target)
    {
        CommandResult result = target.WaitForEnd();
        Assert.Equal((0, 0), (result.ExitStatus, result.Number("wrong")));
    }

    private static void Signal(Grandchild target, string name) => CommandRunner.Output("/bin/kill", "-" + name, target.Id.ToString(System.Globalization.CultureInfo.InvariantCulture));

    private static void WaitForHits(CountingConsumer consumer, long hits)
    {
        Assert.True(SpinWait.SpinUntil(() => consumer.Hits >= hits, TimeSpan.FromSeconds(10)));
    }

    /// <summary>All threads: T when nobody traces, t when a tracer listens.</summary>
    private static void WaitForState(Grandchild target, bool stopped)
    {
        Assert.True(SpinWait.SpinUntil(() => IsStopped(target) == stopped, TimeSpan.FromSeconds(10)));
    }

    private static bool IsStopped(Grandchild target)
    {
        return Array.TrueForAll(
            Directory.GetDirectories($"/proc/{target.Id}/task"),
            task => File.ReadAllText(task + "/stat").Split(") ")[^1][0] is 'T' or 't');
    }

    /// <summary>Voluntary switches of the threads but the main one, which waits for a millisecond at a time.</summary>
    /// <summary>How often each thread but the leader went to sleep, "TID: COUNT".</summary>
    private static List<string> Switches(Grandchild target) =>
    [
        .. from task in Directory.GetDirectories($"/proc/{target.Id}/task").Order(StringComparer.Ordinal)
           let tid = Path.GetFileName(task)
           where tid != target.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)
           let line = Array.Find(File.ReadAllLines(task + "/status"), line => line.StartsWith("voluntary", StringComparison.Ordinal))
           select $"{tid}: {line}",
    ];
}
