using System;
using System.Collections.Generic;
using System.Linq;
using ManagedUprobe.Events;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Tracing.Files;

/// <summary>events/enable and events/GROUP/enable: many events at once.</summary>
/// <param name="array">Whose events.</param>
/// <param name="group">Those of this group; null for all.</param>
internal sealed class EventsEnableFile(TraceArray array, string? group) : TraceFile("enable", ReadWrite)
{
    /// <inheritdoc/>
    public override string Read()
    {
        var states = Events().Select(file => file.IsInPlace).Distinct().ToList();
        return states.Count > 1 ? "X\n" : states.Contains(true) ? "1\n" : "0\n";
    }

    /// <inheritdoc/>
    public override int Write(ReadOnlySpan<byte> data)
    {
        bool enable = EnableFile.Parse(KernelText.FromBytes(data));
        lock (array.EventMutex)
        {
            SwitchAll(Events(), enable);
        }

        return data.Length;
    }

    /// <summary>Enables or disables events in turn; one that fails does not keep the others from it.</summary>
    /// <exception cref="UprobeException">The first failure.</exception>
    public static void SwitchAll(IEnumerable<TraceEventFile> events, bool enable)
    {
        UprobeException? first = null;
        foreach (TraceEventFile file in events.ToList())
        {
            try
            {
                file.Switch(enable);
            }
            catch (UprobeException error)
            {
                first ??= error;
            }
        }

        if (first != null)
        {
            throw first;
        }
    }

    private IEnumerable<TraceEventFile> Events() => array.EventsNewestFirst.Where(file => group == null || file.Call.Group == group);
}
