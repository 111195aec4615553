using System;
using ManagedUprobe.Events;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Tracing.Files;

/// <summary>events/GROUP/EVENT/filter.</summary>
internal sealed class EventFilterFile(TraceEventFile file) : TraceFile("filter", ReadWrite)
{
    /// <inheritdoc/>
    public override string Read() => file.Filter.Text;

    /// <inheritdoc/>
    public override int Write(ReadOnlySpan<byte> data)
    {
        lock (file.Array.EventMutex)
        {
            try
            {
                file.Filter.Write(KernelText.FromBytes(data), file.Call.Fields);
            }
            catch (UprobeException error)
            {
                file.Array.ErrorLog.AddFilter(error);
                throw;
            }
        }

        return data.Length;
    }
}
