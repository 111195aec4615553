using System;

namespace ManagedUprobe.Tracing.Files;

/// <summary>error_log.</summary>
internal sealed class ErrorLogFile(ErrorLog log) : TraceFile("error_log", ReadWrite)
{
    /// <inheritdoc/>
    public override string Read() => log.Text;

    /// <inheritdoc/>
    public override int Write(ReadOnlySpan<byte> data) => data.Length;

    /// <inheritdoc/>
    public override void Truncate() => log.Clear();
}
