namespace ManagedUprobe.Events;

/// <summary>Which tracefs file a command is written to.</summary>
internal enum EventFile
{
    /// <summary>uprobe_events.</summary>
    UprobeEvents,

    /// <summary>dynamic_events: a delete may also start with an exclamation mark.</summary>
    DynamicEvents,
}
