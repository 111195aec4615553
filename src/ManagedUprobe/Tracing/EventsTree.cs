using System.Collections.Generic;
using System.Linq;
using ManagedUprobe.Tracing.Files;

namespace ManagedUprobe.Tracing;

/// <summary>The folder events: what is in it for each group and event.</summary>
internal static class EventsTree
{
    /// <summary>The folder itself.</summary>
    public static TraceFolder Create(TraceArray array) => new("events", () => Groups(array));

    private static IEnumerable<TraceNode> Groups(TraceArray array) =>
        array.Events.Select(file => file.Call.Group).Distinct()
            .Select(group => new TraceFolder(group, () => Group(array, group)));

    private static IEnumerable<TraceNode> Group(TraceArray array, string group) =>
        array.Events.Where(file => file.Call.Group == group)
            .Select(TraceNode (file) => new TraceFolder(file.Call.Name, () => Event(file)))
            .Append(new GroupFilterFile(array, group));

    private static IEnumerable<TraceNode> Event(TraceEventFile file) =>
    [
        new EventEnableFile(file),
        new EventFilterFile(file),
        new EventTriggerFile(file),
        new EventFormatFile(file),
        new EventIdFile(file),
    ];
}
