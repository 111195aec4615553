namespace ManagedUprobe.Command.Tracing;

/// <summary>--format.</summary>
internal enum OutputFormat
{
    Text,
    Json,
}
