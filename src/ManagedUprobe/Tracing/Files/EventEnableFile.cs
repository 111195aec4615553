using System;
using ManagedUprobe.Events;

namespace ManagedUprobe.Tracing.Files;

/// <summary>events/GROUP/EVENT/enable.</summary>
internal sealed class EventEnableFile(TraceEventFile file) : TraceFile("enable", ReadWrite)
{
    /// <inheritdoc/>
    public override string Read() => file.EnableText + "\n";

    /// <inheritdoc/>
    public override int Write(ReadOnlySpan<byte> data)
    {
        bool enable = EnableFile.Parse(KernelText.FromBytes(data));
        lock (file.Array.EventMutex)
        {
            file.Switch(enable);
        }

        return data.Length;
    }
}
