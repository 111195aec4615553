using System.Collections.Immutable;
using System.Linq;
using ManagedUprobe.Events;
using ManagedUprobe.Session.Inspecting;
using ManagedUprobe.Tracing;
using ManagedUprobe.Uprobes;

namespace ManagedUprobe.Session;

/// <summary>Puts the probes of enabled events into the processes of a session.</summary>
/// <param name="session">Whose processes.</param>
/// <param name="tracer">Its tracer.</param>
/// <param name="target">How its targets see files.</param>
/// <param name="options">How the session behaves.</param>
internal sealed class ProbePlacer(UprobeSession session, Tracer tracer, TargetView target, SessionOptions options) : IProbePlacer
{
    private readonly byte[] _scratch = new byte[TraceConsumer.MaxRoom];

    /// <inheritdoc/>
    public IPlacedProbe Place(TraceUprobe probe, TraceEventFile file)
    {
        string path = target.HostPath(probe.Path);
        if (!options.Force)
        {
            PlaceCheck.Require(target.OpenElf(path), path, probe.Offset);
        }

        var consumer = new TraceConsumer(probe, file, session.Ring, _scratch);
        if (probe.Symbol is { IsIndirect: true } symbol && symbol.Offset == probe.Offset)
        {
            return PlaceResolved(probe, symbol.Name, path, consumer);
        }

        var placed = new Placed();
        placed.Add(session.Register(new Uprobe(path, probe.Offset, probe.RefCtrOffset), consumer));
        return placed;
    }

    // An IFUNC: the symbol is a resolver's, the function that runs is known when that has run.
    private Placed PlaceResolved(TraceUprobe probe, string symbol, string path, TraceConsumer consumer)
    {
        var placed = new Placed();
        var resolver = new IfuncResolver(path, probe.Offset, (file, offset) =>
        {
            options.Log?.Invoke($"{probe.Path}:{symbol} (IFUNC) is resolved to offset 0x{offset:x}");
            placed.Add(tracer.Register(new Uprobe(file, offset), consumer));
        });
        placed.Add(session.Register(new Uprobe(path, probe.Offset, probe.RefCtrOffset), resolver));
        tracer.WhenAttached(resolver, symbol);
        return placed;
    }

    /// <summary>The registrations of one probe: one, and one more for each function that an IFUNC is resolved to.</summary>
    private sealed class Placed : IPlacedProbe
    {
        private ImmutableArray<UprobeRegistration> _registrations = [];

        public long Misses => _registrations.Sum(each => each.Misses);

        // The first by who places the probe, others by the tracer thread.
        public void Add(UprobeRegistration registration) =>
            ImmutableInterlocked.Update(ref _registrations, (all, one) => all.Add(one), registration);

        public void Dispose()
        {
            foreach (UprobeRegistration registration in _registrations)
            {
                registration.Dispose();
            }
        }
    }
}
