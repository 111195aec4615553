using System.Threading.Tasks;
using ManagedUprobe.IntegrationTests.Library;
using ManagedUprobe.Native;
using ManagedUprobe.Uprobes;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Speed;

/// <summary>Many stops, one soon after the other: whatever the tracer tries to be woken earlier, the target keeps its CPUs, and the tracer those that it had.</summary>
public sealed class ConfinementTests
{
    private const int Hits = 30_000;

    [Fact]
    public async Task NobodyIsConfined()
    {
        Assert.SkipWhen(Libc.TryGetOnlyCpu(0, out _), "there is one CPU only");
        await using var target = new TracedFixture("calls", Hits);
        int confined = 0;
        using UprobeRegistration probe = target.Register("f1", CallbackConsumer.Entry(
            context => confined += Libc.TryGetOnlyCpu(0, out _) || Libc.TryGetOnlyCpu(context.ThreadId, out _) ? 1 : 0));
        _ = await target.RunAsync();
        Assert.Equal((Hits, 0), (probe.Hits, confined));
    }
}
