using System;
using ManagedUprobe.Events;
using ManagedUprobe.Events.Filters;
using ManagedUprobe.Primitives;
using ManagedUprobe.Tracing.Triggers;
using Mono.Unix.Native;

namespace ManagedUprobe.Tracing.Files;

/// <summary>events/GROUP/EVENT/trigger.</summary>
internal sealed class EventTriggerFile(TraceEventFile file) : TraceFile("trigger", ReadWrite)
{
    /// <inheritdoc/>
    public override string Read() => file.Triggers.Text;

    /// <inheritdoc/>
    public override int Write(ReadOnlySpan<byte> data)
    {
        if (data.Length >= FilterFile.PageSize)
        {
            throw new UprobeException(Errno.EINVAL, "A trigger has at most 4095 bytes");
        }

        int end = data.IndexOf((byte)0);
        lock (file.Array.EventMutex)
        {
            new TriggerWriter(file).Write(KernelText.FromBytes(end < 0 ? data : data[..end]));
        }

        return data.Length;
    }

    /// <inheritdoc/>
    public override void Truncate()
    {
        lock (file.Array.EventMutex)
        {
            new TriggerWriter(file).RemoveHistograms();
        }
    }
}
