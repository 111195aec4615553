using System.Collections.Generic;
using System.Linq;
using ManagedUprobe.Tracing.Files;

namespace ManagedUprobe.Tracing;

/// <summary>The folder events: what is in it for each group and event.</summary>
internal static class EventsTree
{
    private const string HeaderPage = """
        	field: u64 timestamp;	offset:0;	size:8;	signed:0;
        	field: local_t commit;	offset:8;	size:8;	signed:1;
        	field: int overwrite;	offset:8;	size:1;	signed:1;
        	field: char data;	offset:16;	size:4080;	signed:0;

        """;

    private const string HeaderEvent = """
        # compressed entry header
        	type_len    :    5 bits
        	time_delta  :   27 bits
        	array       :   32 bits

        	padding     : type == 29
        	time_extend : type == 30
        	time_stamp : type == 31
        	data max type_len  == 28

        """;

    /// <summary>The folder itself.</summary>
    public static TraceFolder Create(TraceArray array) => new("events", () => Groups(array), TraceFolder.Everybodys);

    private static IEnumerable<TraceNode> Groups(TraceArray array) =>
        array.Events.Select(file => file.Call.Group).Distinct()
            .Select(group => (TraceNode)new TraceFolder(group, () => Group(array, group), TraceFolder.Everybodys))
            .Prepend(new ComputedFile("header_page", () => HeaderPage))
            .Prepend(new ComputedFile("header_event", () => HeaderEvent))
            .Prepend(new EventsEnableFile(array, group: null));

    private static IEnumerable<TraceNode> Group(TraceArray array, string group) =>
        array.Events.Where(file => file.Call.Group == group)
            .Select(TraceNode (file) => new TraceFolder(file.Call.Name, () => Event(file), TraceFolder.Everybodys))
            .Prepend(new GroupFilterFile(array, group))
            .Prepend(new EventsEnableFile(array, group));

    private static IEnumerable<TraceNode> Event(TraceEventFile file) =>
    [
        new EventEnableFile(file),
        new EventFilterFile(file),
        new EventTriggerFile(file),
        new EventHistFile(file),
        new EventFormatFile(file),
        new EventIdFile(file),
    ];
}
