using System.Linq;
using ManagedUprobe.Tracing.Histograms;

namespace ManagedUprobe.Tracing.Files;

/// <summary>events/GROUP/EVENT/hist.</summary>
internal sealed class EventHistFile(TraceEventFile file) : TraceFile("hist", ReadOnly)
{
    private const string Separator = "\n\n";

    /// <inheritdoc/>
    public override string Read() => string.Join(Separator, file.Triggers.List.All.OfType<HistTrigger>().Select(HistText.Of));
}
