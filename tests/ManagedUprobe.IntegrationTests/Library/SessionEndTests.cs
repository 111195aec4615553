using System;
using System.Threading;
using System.Threading.Tasks;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Primitives;
using ManagedUprobe.Session;
using ManagedUprobe.Uprobes;
using Mono.Unix.Native;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Library;

/// <summary>However a session ends, its target runs on and is right, and who asks afterwards gets a clear answer.</summary>
public sealed class SessionEndTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AnExceptionOfAHandlerEndsTheSessionAndHarmsNobody(bool onReturn)
    {
        foreach (int run in Repeat.Runs(10, 100))
        {
            await using var target = new TracedFixture("threads", 8, 500);
            int calls = 0;
            void Failing(UprobeContext context)
            {
                if (++calls > run * 10)
                {
                    throw new InvalidTimeZoneException("of the handler");
                }
            }

            using UprobeRegistration other = target.Register("work", CallbackConsumer.Return(_ => { }));
            using UprobeRegistration probe = target.Register("work", onReturn ? CallbackConsumer.Return(Failing) : CallbackConsumer.Entry(Failing));
            target.Session.Start();

            await Assert.ThrowsAsync<InvalidTimeZoneException>(() => target.Session.Completion.WaitAsync(Cancellation));
            Assert.Equal((run * 10) + 1, calls);
            await Assert.ThrowsAsync<InvalidTimeZoneException>(() => target.Session.WaitForExitAsync(Cancellation));
            ObjectDisposedException ended = Assert.Throws<ObjectDisposedException>(() => target.Register("work", CallbackConsumer.Entry(_ => { })));
            Assert.IsType<InvalidTimeZoneException>(ended.InnerException);
            target.AssertUnharmedAfterFailure("8", "500");
        }
    }

    [Fact]
    public async Task DisposingLeavesTheProgramRunningAndRight()
    {
        foreach (int run in Repeat.Runs(20, 200))
        {
            await using var target = new TracedFixture("threads", 8, 500);
            using var reached = new ManualResetEventSlim();
            int hits = 0;
            target.Register("work", CallbackConsumer.Return(_ => { }));
            target.Register("work", CallbackConsumer.Entry(_ =>
            {
                if (++hits == run * 5)
                {
                    reached.Set();
                }
            }));
            target.Session.Start();
            reached.Wait(Cancellation);

            await target.Session.DisposeAsync();
            target.Session.Dispose();
            int atTheEnd = hits;

            Assert.True(target.Session.Completion.IsCompletedSuccessfully);
            await target.AssertUnharmedAsync("8", "500");
            Assert.Equal(atTheEnd, hits);
            Assert.Equal(0, target.Session.ExitStatus);
        }
    }

    [Fact]
    public async Task AHandlerMayStopButNotDispose()
    {
        await using var target = new TracedFixture("calls", 50);
        UprobeRegistration probe = target.Register("f1", CallbackConsumer.Entry(context =>
        {
            Assert.Throws<InvalidOperationException>(target.Session.Dispose);
            if (context.Registers.rdi == 9)
            {
                target.Session.Stop();
            }
        }));
        await target.AssertUnharmedAsync("50");
        Assert.Equal(10, probe.Hits);
    }

    [Fact]
    public async Task ADisposedSessionAnswersClearly()
    {
        var target = new TracedFixture("calls", 5);
        UprobeRegistration probe = target.Register("f1", CallbackConsumer.Entry(_ => { }));
        UprobeSession session = target.Session;
        await target.DisposeAsync();
        Assert.True(session.Completion.IsCompletedSuccessfully);
        Assert.Throws<ObjectDisposedException>(session.Start);
        Assert.Throws<ObjectDisposedException>(() => session.AddEvent("p sh:main"));
        Assert.Throws<ObjectDisposedException>(() => target.Register("f1", CallbackConsumer.Entry(_ => { })));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => session.WaitForExitAsync(Cancellation));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await session.ReadEventsAsync(Cancellation).GetAsyncEnumerator(Cancellation).MoveNextAsync());
        session.Stop();
        probe.Dispose();
        Assert.Null(session.ExitStatus);
    }

    [Fact]
    public async Task ASessionWhoseTargetHasEndedKeepsItsCounts()
    {
        await using var target = new TracedFixture("calls", 5);
        UprobeRegistration probe = target.Register("f1", CallbackConsumer.Entry(_ => { }));
        await target.RunAsync();
        Assert.Equal(5, probe.Hits);
        ObjectDisposedException ended = Assert.Throws<ObjectDisposedException>(() => target.Register("f1", probe.Consumer));
        Assert.Contains("has ended", ended.Message, StringComparison.Ordinal);
        Assert.Null(ended.InnerException);
        probe.Dispose();
        target.Session.Start();
        target.Session.Stop();
    }

    [Theory]
    [InlineData("exit 7", 7)]
    [InlineData("kill -9 $$", 137)]
    public async Task TheExitStatusIsThatOfAShell(string script, int status)
    {
        await using var session = UprobeSession.Launch("sh", ["-c", script]);
        Assert.Null(session.ExitStatus);
        Assert.Equal(status, await session.WaitForExitAsync(Cancellation));
        Assert.Equal(status, session.ExitStatus);
    }

    [Fact]
    public async Task AProgramThatCannotBeStartedIsRefusedEachTime()
    {
        await using var session = UprobeSession.Launch("/nowhere/program", []);
        Assert.Equal(Errno.ENOENT, Assert.Throws<UprobeException>(session.Start).Errno);
        Assert.Equal(Errno.ENOENT, (await Assert.ThrowsAsync<UprobeException>(() => session.WaitForExitAsync(Cancellation))).Errno);
        Assert.Equal(0, session.ProcessId);
    }

    [Fact]
    public async Task CancellingAWaitLeavesTheSessionAlone()
    {
        await using var session = UprobeSession.Launch("sleep", ["100"]);
        using var source = new CancellationTokenSource();
        Task<int> wait = session.WaitForExitAsync(source.Token);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
        Assert.False(session.Completion.IsCompleted);
        CommandRunner.Output("kill", "-TERM", session.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(128 + 15, await session.WaitForExitAsync(Cancellation));
    }
}
