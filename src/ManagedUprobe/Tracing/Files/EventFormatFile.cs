namespace ManagedUprobe.Tracing.Files;

/// <summary>events/GROUP/EVENT/format.</summary>
internal sealed class EventFormatFile(TraceEventFile file) : TraceFile("format", ReadOnly)
{
    /// <inheritdoc/>
    public override string Read() => file.Call.Format;
}
