using System;
using System.Linq;
using ManagedUprobe.Events;

namespace ManagedUprobe.Tracing.Files;

/// <summary>events/GROUP/filter: sets the filters of all events of a group.</summary>
internal sealed class GroupFilterFile(TraceArray array, string group) : TraceFile("filter", ReadWrite)
{
    private const string Text =
        """
        ### global filter ###
        # Use this to set filters for multiple events.
        # Only events with the given fields will be affected.
        # If no events are modified, an error message will be displayed here

        """;

    /// <inheritdoc/>
    public override string Read() => Text;

    /// <inheritdoc/>
    public override int Write(ReadOnlySpan<byte> data)
    {
        string filter = KernelText.FromBytes(data);
        lock (array.EventMutex)
        {
            // The newest comes first, which error_log shows.
            foreach (TraceEventFile file in array.Events.Where(file => file.Call.Group == group).Reverse())
            {
                if (file.Filter.WriteAsGroup(filter, file.Call.Fields) is { } error)
                {
                    array.ErrorLog.AddFilter(error);
                }
            }
        }

        return data.Length;
    }
}
