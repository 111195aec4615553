using System;
using System.Threading;
using System.Threading.Tasks;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Ptrace;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Ptrace;

/// <summary>The tracer thread and those that hand it work.</summary>
public sealed class TracerThreadTests
{
    [Fact]
    public async Task EveryPieceOfWorkIsDoneWhileStopsAreTakenInTheMiddleOfIt()
    {
        var loop = new EmptyLoop();
        var thread = new TracerThread(loop, new WaitQueue());
        int rounds = Repeat.Choose(2_000, 200_000);
        int done = 0;
        CancellationToken cancelled = TestContext.Current.CancellationToken;
        var looking = Task.Run(() => PostMany(thread, rounds, () => LookForStops(thread)), cancelled);
        var counting = Task.Run(() => PostMany(thread, rounds, () => done++), cancelled);
        await Task.WhenAll(looking, counting).WaitAsync(TimeSpan.FromMinutes(5), cancelled);
        Assert.Equal(rounds, done);
        thread.Post(() => loop.IsFinished = true);
        Assert.Null(thread.Join());
    }

    // Long enough for the wake-up of what is posted meanwhile to arrive.
    private static void LookForStops(TracerThread thread)
    {
        for (int i = 0; i < 100; i++)
        {
            thread.HandleReady();
        }
    }

    private static void PostMany(TracerThread thread, int rounds, Action work)
    {
        for (int i = 0; i < rounds; i++)
        {
            thread.Invoke(work);
        }
    }

    private sealed class EmptyLoop : ITracerLoop
    {
        public bool IsFinished { get; set; }

        public long NextDueNs => long.MaxValue;

        public bool IsDuePrecise => false;

        public bool IsBusy => false;

        public void OnStatus(int tid, WaitStatus status) => Assert.Fail($"a status of task {tid}");

        public void OnDue(long nowNs)
        {
        }

        public void OnEnd()
        {
        }

        public void OnLast()
        {
        }

        public void OnGone()
        {
        }
    }
}
