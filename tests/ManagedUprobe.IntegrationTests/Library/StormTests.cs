using System;
using System.Threading;
using System.Threading.Tasks;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Tests.Shared;
using ManagedUprobe.Uprobes;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Library;

/// <summary>Consumers come and go at a site that eight threads hit.</summary>
public sealed class StormTests
{
    private const int Threads = 8;

    [Fact]
    [Scenario(1, 15, 19)]
    public async Task ProbesComeAndGoWhileEightThreadsHit()
    {
        int each = Repeat.Choose(3000, 30_000);
        await using var target = new TracedFixture("threads", 8, each);
        UprobeRegistration always = target.Register("work", CallbackConsumer.Entry(_ => { }));
        using var registered = new CountdownEvent(2);
        Task<long[]> churns = Task.WhenAll(Churn(target, onReturn: false, registered), Churn(target, onReturn: true, registered));
        registered.Wait(TestContext.Current.CancellationToken);
        target.Session.Start();
        long[] added = await churns;

        await target.AssertUnharmedAsync("8", each.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(8 * each, always.Hits);
        Assert.All(added, count => Assert.NotEqual(0, count));
    }

    [Fact]
    [Scenario(14, 15, 16, 50)]
    public async Task BreakpointsComeAndGoWhileEightThreadsHit()
    {
        await using var target = new TracedFixture("threads", 8, Repeat.Choose(20_000, 200_000));
        using var registered = new CountdownEvent(2);
        Task<long[]> churns = Task.WhenAll(Churn(target, onReturn: false, registered), Churn(target, onReturn: true, registered));
        registered.Wait(TestContext.Current.CancellationToken);
        target.Session.Start();
        long[] added = await churns;

        await target.AssertUnharmedAsync("8", Repeat.Choose(20_000, 200_000).ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.All(added, count => Assert.NotEqual(0, count));
    }

    /// <summary>Registers and unregisters, on a thread of its own, until the session has ended; the number of hits seen meanwhile.</summary>
    private static Task<long> Churn(TracedFixture target, bool onReturn, CountdownEvent registered)
    {
        return Task.Factory.StartNew(
            () =>
            {
                Uprobe place = target.PlaceOf("work");
                long hits = 0;
                try
                {
                    while (!target.Session.Completion.IsCompleted)
                    {
                        long told = 0;
                        UprobeConsumer consumer = onReturn ? CallbackConsumer.Return(_ => told++) : CallbackConsumer.Entry(_ => told++);
                        UprobeRegistration probe = target.Session.Register(place, consumer);
                        _ = registered.IsSet || registered.Signal();
                        SpinWait.SpinUntil(() => probe.Hits >= 3 || target.Session.Completion.IsCompleted);
                        probe.Dispose();

                        // A return-only consumer is also told of calls that somebody else's return probe tracks already.
                        Assert.InRange(Interlocked.Read(ref told), onReturn ? 0 : probe.Hits, onReturn ? probe.Hits + Threads : probe.Hits);
                        hits += probe.Hits;
                    }
                }
                catch (ObjectDisposedException)
                {
                    // The program has ended between the look and the registration.
                }

                return hits;
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
    }
}
