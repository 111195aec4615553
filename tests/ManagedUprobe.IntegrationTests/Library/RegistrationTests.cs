using System;
using System.Threading.Tasks;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Primitives;
using ManagedUprobe.Session;
using ManagedUprobe.Uprobes;
using Mono.Unix.Native;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Library;

/// <summary>Who is told of which process, from when and until when.</summary>
public sealed class RegistrationTests
{
    [Fact]
    public async Task OneBadPlaceRegistersNothing()
    {
        await using var target = new TracedFixture("calls", 5);
        int hits = 0;
        UprobeConsumer consumer = CallbackConsumer.Entry(_ => hits++);
        Uprobe place = target.PlaceOf("f1");
        UprobeException refused = Assert.Throws<UprobeException>(() => target.Session.Register([(place, consumer), (new Uprobe(place.File, 1 << 30), consumer)]));
        Assert.Equal(Errno.EINVAL, refused.Errno);
        Assert.Equal(Errno.EINVAL, Assert.Throws<UprobeException>(() => target.Register("f1", new CallbackConsumer())).Errno);
        await target.RunAsync();
        Assert.Equal(0, hits);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AHandlerUnregistersItselfAndWhoComesBehindIt(bool itself)
    {
        await using var target = new TracedFixture("calls", 5);
        int behind = 0;
        int own = 0;
        UprobeRegistration always = target.Register("f1", CallbackConsumer.Entry(_ => { }));
        UprobeRegistration second = target.Register("f1", CallbackConsumer.Entry(_ => behind++));
        UprobeRegistration? first = null;
        first = target.Register("f1", CallbackConsumer.Entry(context =>
        {
            own++;
            if (context.Registers.rdi == 2)
            {
                (itself ? first! : second).Dispose();
            }
        }));

        Assert.Equal(35, (await target.RunAsync()).Number("sum"));
        Assert.Equal(itself ? (3, 5) : (5, 2), (own, behind));
        Assert.Equal((own, behind, 5), (first.Hits, second.Hits, always.Hits));
    }

    [Fact]
    public async Task AReturnThatIsOnItsWayIsNotToldAfterUnregistering()
    {
        await using var target = new TracedFixture("recursion", 10, 1);
        int returns = 0;
        UprobeRegistration probe = target.Register("descend", CallbackConsumer.Return(_ => returns++));
        target.Register("descend", CallbackConsumer.Entry(context =>
        {
            if (context.Registers.rdi == 1)
            {
                probe.Dispose();
            }
        }));
        await target.AssertUnharmedAsync("10", "1");
        Assert.Equal(0, returns);
    }

    [Fact]
    public async Task RemoveStaysWithoutEffectWhileAFilterAccepts()
    {
        await using var target = new TracedFixture("calls", 5);
        UprobeRegistration probe = target.Register("f1", new CallbackConsumer { OnHit = _ => UprobeHandlerResult.Remove });
        await target.RunAsync();
        Assert.Equal(5, probe.Hits);
    }

    [Fact]
    public async Task RemoveTakesTheBreakpointOutOfThatAddressSpaceAlone()
    {
        int done = 0;
        var consumer = new CallbackConsumer
        {
            OnHit = context =>
            {
                done = done == 0 ? context.ProcessId : done;
                return context.ProcessId == done ? UprobeHandlerResult.Remove : UprobeHandlerResult.Keep;
            },
            Accepts = pid => pid != done,
        };
        Assert.Equal(1 + 4, await HitsInTwoPrograms(consumer));
    }

    [Fact]
    public async Task RemoveOfOneIsOverruledByAnother()
    {
        await using var target = new TracedFixture("calls", 5);
        UprobeRegistration removes = target.Register("f1", new CallbackConsumer { OnHit = _ => UprobeHandlerResult.Remove, Accepts = _ => false });
        UprobeRegistration keeps = target.Register("f1", CallbackConsumer.Entry(_ => { }));
        await target.RunAsync();
        // Whom a filter has refused is called all the same where somebody else wants the breakpoint, as in the kernel.
        Assert.Equal((5, 5), (removes.Hits, keeps.Hits));
    }

    [Fact]
    public async Task AFilterChoosesProcesses()
    {
        int refused = 0;
        var consumer = new CallbackConsumer
        {
            OnHit = _ => UprobeHandlerResult.Keep,
            Accepts = pid =>
            {
                refused = refused == 0 ? pid : refused;
                return pid != refused;
            },
        };
        Assert.Equal(4, await HitsInTwoPrograms(consumer));
    }

    [Fact]
    public async Task AFilterThatThrowsRegistersNothing()
    {
        using var target = new WaitingProcess();
        await using var session = UprobeSession.Attach(target.Id);
        int hits = 0;
        var consumer = new CallbackConsumer
        {
            OnHit = CallbackConsumer.Keep(_ => hits++),
            Accepts = _ => throw new InvalidTimeZoneException(),
        };
        Assert.Throws<InvalidTimeZoneException>(() => session.Register(target.Place, consumer));
        using UprobeRegistration other = session.Register(target.Place, CallbackConsumer.Entry(_ => { }));
        Assert.Equal(10, target.Finish());
        await session.Completion.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Equal((0, 10), (hits, other.Hits));
    }

    private static async Task<long> HitsInTwoPrograms(UprobeConsumer consumer)
    {
        string program = Fixture.Path("calls");
        await using var session = UprobeSession.Launch("sh", ["-c", "\"$0\" 3 >/dev/null; \"$0\" 4 >/dev/null", program]);
        UprobeRegistration probe = session.Register(new Uprobe(program, ElfSymbols.OffsetOf(program, "f1")), consumer);
        Assert.Equal(0, await session.WaitForExitAsync(TestContext.Current.CancellationToken));
        return probe.Hits;
    }
}
