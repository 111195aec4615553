using System;
using System.Linq;
using System.Threading.Tasks;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Primitives;
using ManagedUprobe.Session;
using ManagedUprobe.Tests.Shared;
using ManagedUprobe.Uprobes;
using Mono.Unix.Native;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Library;

/// <summary>Sessions beside each other, and beside whatever else the host process starts.</summary>
public sealed class SessionsTests
{
    [Fact]
    public async Task TwoSessionsTraceTwoProcesses()
    {
        using var first = new WaitingProcess(threads: 3);
        using var second = new WaitingProcess(threads: 3);
        await using var firstSession = UprobeSession.Attach(first.Id);
        await using var secondSession = UprobeSession.Attach(second.Id);
        UprobeRegistration firstProbe = firstSession.Register(first.Place, CallbackConsumer.Entry(_ => { }));
        UprobeRegistration secondProbe = secondSession.Register(second.Place, CallbackConsumer.Return(_ => { }));

        Assert.Equal(40, first.Finish());
        await firstSession.Completion.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Equal((40, 0), (firstProbe.Hits, secondProbe.Hits));
        Assert.Equal(40, second.Finish());
        await secondSession.Completion.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Equal((40, 40), (firstProbe.Hits, secondProbe.Hits));
    }

    [Fact]
    public async Task AProcessHasOneSessionAtATime()
    {
        using var target = new WaitingProcess(threads: 3);
        await using (UprobeSession.Attach(target.Id))
        {
            UprobeException refused = Assert.Throws<UprobeException>(() => UprobeSession.Attach(target.Id));
            Assert.Equal(Errno.EPERM, refused.Errno);
            Assert.Contains($"({Environment.ProcessId})", refused.Message, StringComparison.Ordinal);
            Assert.Contains("another session of this process", refused.Message, StringComparison.Ordinal);
        }

        Assert.False(target.IsTraced);
    }

    [Fact]
    public async Task TheNextSessionMayComeAtOnce()
    {
        using var target = new WaitingProcess(threads: 3);
        foreach (int run in Repeat.Runs(100, 1000))
        {
            await using var session = UprobeSession.Attach(target.Id);
            session.Register(target.Place, CallbackConsumer.Return(_ => { }));
            if (run % 2 == 0)
            {
                session.Stop();
                await session.Completion.WaitAsync(TestContext.Current.CancellationToken);
                Assert.False(target.IsTraced);
            }
        }

        Assert.Equal(40, target.Finish());
    }

    [Fact]
    public void OfSeveralProcessesAllAreAttachedOrNone()
    {
        using var target = new WaitingProcess(threads: 3);
        Assert.Equal(Errno.ESRCH, Assert.Throws<UprobeException>(() => UprobeSession.Attach([target.Id, int.MaxValue])).Errno);
        Assert.False(target.IsTraced);
    }

    [Fact]
    [Scenario(61)]
    public void AChildOfTheHostIsRefused()
    {
        using var child = new RunningCommand(new Command("sleep", "100"));
        UprobeException refused = Assert.Throws<UprobeException>(() => UprobeSession.Attach(child.Id));
        Assert.Equal(Errno.EPERM, refused.Errno);
        Assert.Contains("UprobeSession.Launch", refused.Message, StringComparison.Ordinal);
        child.Signal("TERM");
        Assert.Equal(128 + 15, child.WaitForEnd().ExitStatus);
    }

    [Fact]
    [Scenario(61)]
    public async Task ChildrenOfTheHostAreItsOwn()
    {
        int[] statuses = [.. Enumerable.Range(1, Repeat.Choose(100, 500)).Select(run => run % 250)];
        Task<int[]> children = Task.WhenAll(statuses.Select(StatusOfChild));
        foreach (int run in Repeat.Runs(20, 100))
        {
            await using var target = new TracedFixture("threads", 4, 50);
            UprobeRegistration probe = target.Register("work", CallbackConsumer.Return(_ => { }));
            await target.AssertUnharmedAsync("4", "50");
            Assert.Equal((200, 0), (probe.Hits, probe.Misses));
        }

        Assert.Equal(statuses, await children);
    }

    [Fact]
    public async Task ASessionOverAllProcessesFindsThoseThatRun()
    {
        using var folder = new PrivateFolder();
        string program = folder.Fixture("waiting");
        using var target = new WaitingProcess(program: program);
        await using var session = UprobeSession.AttachAll();
        session.Start();
        UprobeRegistration probe = session.Register(target.Place, CallbackConsumer.Entry(_ => { }));
        Assert.Equal(10, target.Finish());
        await session.DisposeAsync();
        Assert.Equal(10, probe.Hits);
    }

    private static async Task<int> StatusOfChild(int status)
    {
        await Task.Yield();
        return CommandRunner.Run("sh", "-c", $"exit {status}").ExitStatus;
    }
}
