using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using ManagedUprobe.Output;
using ManagedUprobe.Session;
using ManagedUprobe.Tests.Shared;
using ManagedUprobe.Uprobes;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Library;

/// <summary>Events of the definition language, read by a program.</summary>
public sealed class EventTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TheExampleOfTheContractWorks()
    {
        string file = Support.Fixture.Path("calls");
        ulong offset = Support.ElfSymbols.OffsetOf(file, "f1");
        CancellationToken cancellationToken = Cancellation;
        var values = new List<object?>();

        await using var session = UprobeSession.Launch(file, ["3"]);
        session.AddEvent($"p:f1 {file}:f1 a=%di:s32");
        using UprobeRegistration probe = session.Register(new Uprobe(file, offset), CallbackConsumer.Entry(_ => { }));
        await foreach (TraceEvent e in session.ReadEventsAsync(cancellationToken))
        {
            Assert.Equal(("f1", session.ProcessId, "calls"), (e.Event, e.ProcessId, e.Comm));
            values.Add(e.Args["a"]);
        }

        Assert.Equal([0, 1, 2], values.Select(value => Convert.ToInt32(value, null)));
        Assert.Equal(3, probe.Hits);
        Assert.Equal(3, Assert.Single(session.EventCounts).Hits);
    }

    [Fact]
    public async Task TheNextReaderGoesOnWhereTheLastOneLeft()
    {
        await using TracedFixture target = Defined(new SessionOptions(), 200);
        var seen = new List<int>();
        while (seen.Count < 150)
        {
            int enough = seen.Count + 50;
            await foreach (TraceEvent item in target.Session.ReadEventsAsync(Cancellation))
            {
                seen.Add(Value(item));
                if (seen.Count == enough)
                {
                    break;
                }
            }
        }

        await foreach (TraceEvent item in target.Session.ReadEventsAsync(Cancellation))
        {
            seen.Add(Value(item));
        }

        Assert.Equal(Enumerable.Range(0, 200), seen);
        await target.AssertUnharmedAsync("200");
    }

    [Fact]
    public async Task CancellingAReaderLeavesTheSessionAlone()
    {
        await using TracedFixture target = Defined(new SessionOptions(), 100);
        using var source = new CancellationTokenSource();
        var seen = new List<int>();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (TraceEvent item in target.Session.ReadEventsAsync(source.Token))
            {
                seen.Add(Value(item));
                if (seen.Count == 10)
                {
                    await source.CancelAsync();
                }
            }
        });
        Assert.Equal(10, seen.Count);
        await target.AssertUnharmedAsync("100");
        await foreach (TraceEvent item in target.Session.ReadEventsAsync(Cancellation))
        {
            seen.Add(Value(item));
        }

        Assert.Equal(Enumerable.Range(0, 100), seen);
    }

    [Fact]
    public async Task CancellingAWaitingReaderEndsTheWait()
    {
        await using var session = UprobeSession.Launch("sleep", ["100"]);
        using var source = new CancellationTokenSource();
        ValueTask<bool> next = session.ReadEventsAsync(source.Token).GetAsyncEnumerator(source.Token).MoveNextAsync();
        Assert.False(next.IsCompleted);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next);
        IAsyncEnumerator<TraceEvent> reader = session.ReadEventsAsync(Cancellation).GetAsyncEnumerator(Cancellation);
        next = reader.MoveNextAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(
            async () => await session.ReadEventsAsync(Cancellation).GetAsyncEnumerator(Cancellation).MoveNextAsync());
        Support.CommandRunner.Output("kill", "-KILL", session.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.False(await next);
        await reader.DisposeAsync();
    }

    [Fact]
    [Scenario(77)]
    public async Task WhatIsNotReadInTimeIsDroppedAndCounted()
    {
        await using TracedFixture target = Defined(new SessionOptions { RingSize = 1 << 18 }, 4000);
        await target.AssertUnharmedAsync("4000");
        var seen = new List<int>();
        await foreach (TraceEvent item in target.Session.ReadEventsAsync(Cancellation))
        {
            seen.Add(Value(item));
        }

        Assert.InRange(seen.Count, 100, 3999);
        Assert.Equal(Enumerable.Range(0, seen.Count), seen);
        Assert.Equal(4000, seen.Count + target.Session.DroppedEvents);
        Assert.Equal(4000, Assert.Single(target.Session.EventCounts).Hits);
    }

    [Fact]
    public async Task NothingIsDroppedWhereTheTargetWaits()
    {
        await using TracedFixture target = Defined(new SessionOptions { RingSize = 1 << 18, RingFull = RingFullPolicy.Wait }, 6000);
        int count = 0;
        await foreach (TraceEvent item in target.Session.ReadEventsAsync(Cancellation))
        {
            Assert.Equal(count++, Value(item));
        }

        Assert.Equal((6000, 0), (count, target.Session.DroppedEvents));
    }

    [Fact]
    public async Task DisposingFreesATargetThatWaitsForItsReader()
    {
        await using TracedFixture target = Defined(new SessionOptions { RingSize = 1 << 18, RingFull = RingFullPolicy.Wait }, 6000);
        target.Session.Start();
        await target.Session.DisposeAsync();
        await target.AssertUnharmedAsync("6000");
    }

    [Fact]
    public async Task ADeletedEventIsDisarmed()
    {
        await using TracedFixture target = Defined(new SessionOptions(), 10);
        UprobeRegistration probe = target.Register("f1", CallbackConsumer.Entry(_ => { }));
        target.Session.AddEvent("-:g/f1");
        await foreach (TraceEvent item in target.Session.ReadEventsAsync(Cancellation))
        {
            Assert.Fail(item.Event);
        }

        Assert.Empty(target.Session.EventCounts);
        Assert.Equal(10, probe.Hits);
    }

    [Fact]
    public async Task ASessionThatCountsHasNoEvents()
    {
        await using TracedFixture target = Defined(new SessionOptions { CountOnly = true }, 10);
        await Assert.ThrowsAsync<InvalidOperationException>(
            async () => await target.Session.ReadEventsAsync(Cancellation).GetAsyncEnumerator(Cancellation).MoveNextAsync());
        await target.RunAsync();
        Assert.Equal(10, Assert.Single(target.Session.EventCounts).Hits);
    }

    [Fact]
    public async Task AReaderIsToldWhatEndedTheSession()
    {
        await using TracedFixture target = Defined(new SessionOptions(), 10);
        target.Register("f1", CallbackConsumer.Entry(context => _ = context.Registers.rdi == 5 ? throw new InvalidTimeZoneException() : 0));
        var seen = new List<int>();
        await Assert.ThrowsAsync<InvalidTimeZoneException>(async () =>
        {
            await foreach (TraceEvent item in target.Session.ReadEventsAsync(Cancellation))
            {
                seen.Add(Value(item));
            }
        });
        Assert.Equal([0, 1, 2, 3, 4], seen);
    }

    private static TracedFixture Defined(SessionOptions options, int calls)
    {
        var target = new TracedFixture(options, "calls", calls);
        target.Session.AddEvent(target.Define("p:g/f1 @:f1 a=%di:s32"));
        return target;
    }

    private static int Value(TraceEvent item)
    {
        return Convert.ToInt32(item.Args["a"], null);
    }
}
