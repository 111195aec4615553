using System;
using System.Globalization;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using ManagedUprobe.IntegrationTests.Attaching;
using ManagedUprobe.IntegrationTests.Library;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Native;
using ManagedUprobe.Session;
using ManagedUprobe.Tests.Shared;
using ManagedUprobe.Uprobes;
using Mono.Unix.Native;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Ptrace;

/// <summary>
/// Signals that arrive while a system call of ours is made in a thread. The fixture's thread hits with SIGTRAP blocked and handled: a call at each hit puts
/// the handler back.
/// </summary>
public sealed class RemoteSyscallTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Fact]
    [Scenario(53)]
    public async Task QueuedSignalsKeepTheirOrderAndTheirSender()
    {
        int signals = Repeat.Choose(600, 100_000);
        await using var target = new TracedFixture("queued", signals);
        UprobeRegistration work = target.Register("work", CallbackConsumer.Entry(_ => { }));
        target.Session.Start();
        await target.AssertUnharmedAsync(signals.ToString(CultureInfo.InvariantCulture));
        Assert.InRange(work.Hits, signals / 4, long.MaxValue);
    }

    [Fact]
    [Scenario(47, 53)]
    public async Task Scenario047_AThreadStopsWithItsProcessWhateverIsBeingMadeInIt()
    {
        int signals = Repeat.Choose(2_000, 100_000);
        await using var target = new TracedFixture("queued", signals);
        UprobeRegistration work = target.Register("work", CallbackConsumer.Entry(_ => { }));
        target.Session.Start();
        Task ended = target.AssertUnharmedAsync(signals.ToString(CultureInfo.InvariantCulture));
        int cycles = 0;
        while (!ended.IsCompleted && cycles < Repeat.Choose(30, 2_000))
        {
            long before = work.Hits;
            Assert.True(SpinWait.SpinUntil(() => ended.IsCompleted || work.Hits > before + 1, s_patience), $"cycle {cycles}: no hits");
            _ = Libc.Kill(target.Session.ProcessId, Signum.SIGSTOP);
            Assert.True(SpinWait.SpinUntil(() => ended.IsCompleted || IsStopped(target.Session.ProcessId, work), s_patience), $"cycle {cycles}: not stopped");
            _ = Libc.Kill(target.Session.ProcessId, Signum.SIGCONT);
            cycles++;
        }

        await ended;
        Assert.InRange(cycles, 10, int.MaxValue);
    }

    [Fact]
    public void AnIgnoredTrapIsSwallowedAndStaysIgnoredBesideOtherThreads()
    {
        string program = Fixture.Path("attach_storm");
        using var target = new Grandchild("/bin/sh", "-c", "trap '' TRAP; exec \"$@\"", "sh", program, "4");
        var consumer = new CountingConsumer();
        for (int cycle = 0; cycle < Repeat.Choose(3, 200); cycle++)
        {
            using var session = UprobeSession.Attach(target.Id, new SessionOptions { CountOnly = true });
            session.Register(new Uprobe(program, ElfSymbols.OffsetOf(program, "mix")), consumer);
            long before = consumer.Hits;
            Assert.True(SpinWait.SpinUntil(() => consumer.Hits > before + 100, s_patience));
            Assert.Equal((Errno)0, Libc.Kill(target.Id, Signum.SIGTRAP));
            Assert.True(SpinWait.SpinUntil(() => consumer.Hits > before + 200, s_patience));
        }

        Assert.Equal((Errno)0, Libc.Kill(target.Id, Signum.SIGTRAP));
        CommandResult result = target.WaitForEnd();
        Assert.Equal((0, 0), (result.ExitStatus, result.Number("wrong")));
    }

    // A thread that is handled at a hit looks like one that is stopped, but goes on hitting.
    private static bool IsStopped(int pid, UprobeRegistration work)
    {
        long before = work.Hits;
        bool all = Array.TrueForAll(Directory.GetDirectories($"/proc/{pid}/task"), task => StateOf(task) is 't' or 'T');
        Thread.Sleep(5);
        return all && work.Hits == before;
    }

    private static char StateOf(string task) => File.ReadAllText(task + "/stat").Split(") ")[^1][0];
}
