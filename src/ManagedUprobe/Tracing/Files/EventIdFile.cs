using System.Globalization;

namespace ManagedUprobe.Tracing.Files;

/// <summary>events/GROUP/EVENT/id.</summary>
internal sealed class EventIdFile(TraceEventFile file) : TraceFile("id", ReadOnly)
{
    /// <inheritdoc/>
    public override string Read() => string.Create(CultureInfo.InvariantCulture, $"{file.Call.Id}\n");
}
