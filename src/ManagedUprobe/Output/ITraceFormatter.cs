using System;
using ManagedUprobe.Events;

namespace ManagedUprobe.Output;

/// <summary>Turns one record into one line of bytes. No allocation; one thread at a time.</summary>
internal interface ITraceFormatter
{
    /// <summary>Bytes that no line exceeds.</summary>
    const int MaxLineLength = 64 * 1024;

    /// <summary>Writes the line, newline included, into a buffer of at least <see cref="MaxLineLength"/> bytes.</summary>
    /// <param name="probe">The definition that the record's header names.</param>
    /// <param name="record">Header and body, as <see cref="TraceRecord"/> reads them.</param>
    /// <param name="line">Where to.</param>
    /// <returns>Bytes written.</returns>
    int Format(TraceUprobe probe, TraceRecord record, Span<byte> line);
}
