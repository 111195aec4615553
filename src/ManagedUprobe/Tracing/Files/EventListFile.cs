using System;
using ManagedUprobe.Events;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Tracing.Files;

/// <summary>uprobe_events and dynamic_events: the definitions.</summary>
/// <param name="name">Its name.</param>
/// <param name="array">Whose definitions.</param>
/// <param name="language">Which of the two languages its lines are in.</param>
internal sealed class EventListFile(string name, TraceArray array, EventFile language) : TraceFile(name, ReadWrite)
{
    /// <inheritdoc/>
    public override string Read() => KernelText.FromBytes(array.Table.Read());

    /// <inheritdoc/>
    public override int Write(ReadOnlySpan<byte> data)
    {
        lock (array.EventMutex)
        {
            try
            {
                array.Table.Write(data, language);
            }
            catch (UprobeException error)
            {
                array.ErrorLog.Add(error);
                throw;
            }
        }

        return data.Length;
    }

    /// <inheritdoc/>
    public override void Truncate()
    {
        lock (array.EventMutex)
        {
            array.Table.Truncate();
        }
    }
}
