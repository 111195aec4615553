using System.Threading;
using ManagedUprobe.Uprobes;

namespace ManagedUprobe.IntegrationTests.Attaching;

/// <summary>Counts entries, or returns.</summary>
internal sealed class CountingConsumer(bool returns = false) : UprobeConsumer
{
    private long _hits;

    public long Hits => Interlocked.Read(ref _hits);

    public override bool HasHandler => !returns;

    public override bool HasReturnHandler => returns;

    public override UprobeHandlerResult Handler(UprobeContext context)
    {
        _ = Interlocked.Increment(ref _hits);
        return UprobeHandlerResult.Keep;
    }

    public override void ReturnHandler(UprobeContext context) => Interlocked.Increment(ref _hits);
}
