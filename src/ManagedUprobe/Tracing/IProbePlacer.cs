using ManagedUprobe.Events;

namespace ManagedUprobe.Tracing;

/// <summary>Puts probes of enabled events into processes. Called under the lock of the events.</summary>
internal interface IProbePlacer
{
    /// <summary>Places one probe; what it hits is recorded as <paramref name="file"/> says.</summary>
    /// <returns>The placed probe; disposing it takes the probe away.</returns>
    /// <exception cref="Primitives.UprobeException">It cannot be placed: the kernel's errno for it.</exception>
    IPlacedProbe Place(TraceUprobe probe, TraceEventFile file);
}
