using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using ManagedUprobe.Tests.Shared;
using ManagedUprobe.Uprobes;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Library;

/// <summary>What handlers see and change, and what their answers do. The fixture calls f1(0), f1(1)…; f1(x) is 3x + 1.</summary>
public sealed class HandlerTests
{
    [Fact]
    public async Task AHandlerSeesRegistersAndPlace()
    {
        await using var target = new TracedFixture("calls", 5);
        var arguments = new List<ulong>();
        var places = new HashSet<(ulong Vaddr, ulong Offset, int Pid, int Tid)>();
        using UprobeRegistration probe = target.Register("f1", CallbackConsumer.Entry(context =>
        {
            arguments.Add(context.Registers.rdi);
            Assert.Equal(context.Address, context.Registers.rip);
            places.Add((context.Address, context.Offset, context.ProcessId, context.ThreadId));
        }));

        Assert.Equal(35, (await target.RunAsync()).Number("sum"));
        Assert.Equal([0, 1, 2, 3, 4], arguments);
        Assert.Equal((5, 0), (probe.Hits, probe.Misses));
        (_, ulong offset, int pid, int tid) = Assert.Single(places);
        Assert.Equal((probe.Uprobe.Offset, target.Session.ProcessId, pid), (offset, pid, tid));
    }

    [Fact]
    public async Task ChangedRegistersTakeEffect()
    {
        await using var target = new TracedFixture("calls", 5);
        target.Register("f1", CallbackConsumer.Entry(context => context.Registers.rdi = 100));
        Assert.Equal(5 * 301, (await target.RunAsync()).Number("sum"));
    }

    [Fact]
    public async Task AReturnHandlerChangesTheResult()
    {
        await using var target = new TracedFixture("calls", 5);
        target.Register("f1", CallbackConsumer.Return(context =>
        {
            Assert.Equal(context.ReturnAddress, context.Registers.rip);
            context.Registers.rax += 1000;
        }));
        Assert.Equal(5035, (await target.RunAsync()).Number("sum"));
    }

    [Fact]
    public async Task MovingTheInstructionPointerSkipsTheFunction()
    {
        await using var target = new TracedFixture("calls", 5);
        UprobeRegistration probe = target.Register("f1", CallbackConsumer.Entry(context => ReturnAtOnce(context, 7)));
        Assert.Equal(35, (await target.RunAsync()).Number("sum"));
        Assert.Equal(5, probe.Hits);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ASkippedFunctionHasNoReturnToTrack(bool skipperIsCalledFirst)
    {
        await using var target = new TracedFixture("calls", 5);
        UprobeConsumer skipper = CallbackConsumer.Entry(context => ReturnAtOnce(context, 9));
        int returns = 0;
        UprobeConsumer waiter = CallbackConsumer.Return(_ => returns++);
        IReadOnlyList<UprobeRegistration> probes = target.Session.Register(
            [(target.PlaceOf("f1"), skipperIsCalledFirst ? waiter : skipper), (target.PlaceOf("f1"), skipperIsCalledFirst ? skipper : waiter)]);

        Assert.Equal(45, (await target.RunAsync()).Number("sum"));
        Assert.Equal(0, returns);
        Assert.All(probes, probe => Assert.Equal((5, probe.Consumer == waiter ? 5 : 0), (probe.Hits, probe.Misses)));
    }

    [Fact]
    public async Task CookieAndDataGoFromEntryToReturnOfTheSameCall()
    {
        await using var target = new TracedFixture("recursion", 20, 3);
        List<string> seen = [];
        target.Register("descend", Session(1, 8, seen));
        target.Register("descend", Session(2, 24, seen));

        Assert.Equal(0, (await target.RunAsync()).ExitStatus);
        Assert.Equal(120, seen.Count);
        IEnumerable<string> aRound = Enumerable.Range(1, 20).SelectMany(depth => new[] { $"2: {depth} {depth} 0", $"1: {depth} {depth} 0" });
        Assert.Equal([.. aRound, .. aRound, .. aRound], seen);

        static CallbackConsumer Session(uint id, int size, List<string> seen) => new()
        {
            Data = size,
            OnHit = CallbackConsumer.Keep(context =>
            {
                Assert.Equal(size, context.Data.Length);
                Assert.True(context.Cookie == 0 && !context.Data.ContainsAnyExcept((byte)0));
                context.Cookie = context.Registers.rdi * id;
                BinaryPrimitives.WriteUInt64LittleEndian(context.Data[^8..], context.Registers.rdi + id);
            }),
            OnReturn = context => seen.Add(
                $"{id}: {context.Cookie / id} {BinaryPrimitives.ReadUInt64LittleEndian(context.Data[^8..]) - id} {context.Cookie % id}"),
        };
    }

    [Fact]
    public async Task IgnoreSuppressesTheReturnOfThatCallAlone()
    {
        await using var target = new TracedFixture("calls", 10);
        var results = new List<ulong>();
        target.Register("f1", new CallbackConsumer
        {
            OnHit = context => context.Registers.rdi % 2 == 0 ? UprobeHandlerResult.Ignore : UprobeHandlerResult.Keep,
            OnReturn = context => results.Add(context.Registers.rax),
        });
        await target.RunAsync();
        Assert.Equal([4, 10, 16, 22, 28], results);
    }

    [Fact]
    public async Task TheLastRegisteredConsumerIsCalledFirstOnBothWays()
    {
        await using var target = new TracedFixture("calls", 2);
        var order = new List<string>();
        foreach (string name in new[] { "a", "b", "c" })
        {
            target.Register("f1", new CallbackConsumer
            {
                OnHit = CallbackConsumer.Keep(_ => order.Add(name)),
                OnReturn = _ => order.Add("/" + name),
            });
        }

        await target.RunAsync();
        Assert.Equal("c b a /c /b /a c b a /c /b /a", string.Join(' ', order));
    }

    [Fact]
    [Scenario(28)]
    public async Task ReturnsBeyondTheKernelsDepthAreMisses()
    {
        await using var target = new TracedFixture("recursion", 70, 4);
        int returns = 0;
        UprobeRegistration alone = target.Register("descend", CallbackConsumer.Return(_ => returns++));
        UprobeRegistration ignoring = target.Register(
            "descend", new CallbackConsumer { OnHit = _ => UprobeHandlerResult.Ignore, OnReturn = _ => returns++ });
        UprobeRegistration entry = target.Register("descend", CallbackConsumer.Entry(_ => { }));

        await target.AssertUnharmedAsync("70", "4");
        Assert.Equal(4 * 64, returns);
        Assert.Equal((280, 24), (alone.Hits, alone.Misses));
        Assert.Equal((280, 0), (ignoring.Hits, ignoring.Misses));
        Assert.Equal((280, 0), (entry.Hits, entry.Misses));
    }

    private static void ReturnAtOnce(UprobeContext context, ulong result)
    {
        Span<byte> word = stackalloc byte[8];
        Assert.True(context.Memory.TryRead(context.Registers.rsp, word));
        context.Registers.rax = result;
        context.Registers.rip = BinaryPrimitives.ReadUInt64LittleEndian(word);
        context.Registers.rsp += 8;
    }
}
