using ManagedUprobe.Events;

namespace ManagedUprobe.Tracing;

/// <summary>Where nothing is traced: events can be enabled, as in a kernel where no process maps the file, and are never hit.</summary>
internal sealed class NoProcesses : IProbePlacer
{
    /// <inheritdoc/>
    public IPlacedProbe Place(TraceUprobe probe, TraceEventFile file)
    {
        EnableFile.CheckPlace(probe, probe.File.Size);
        return new Nowhere();
    }

    private sealed class Nowhere : IPlacedProbe
    {
        public long Misses => 0;

        public void Dispose()
        {
        }
    }
}
