namespace ManagedUprobe.Events;

/// <summary>Knows the events that are no uprobe events: their names are taken.</summary>
internal interface IOtherEvents
{
    /// <summary>Whether such an event exists.</summary>
    bool Exists(string group, string name);
}
