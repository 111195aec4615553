namespace ManagedUprobe.Session;

/// <summary>How often a defined event was hit.</summary>
/// <param name="Group">Group of the event.</param>
/// <param name="Event">Name of the event.</param>
/// <param name="Path">File, as the definition has it.</param>
/// <param name="Offset">File offset of the probe.</param>
/// <param name="Hits">Times that the instruction was hit; for a return probe, entries, as in uprobe_profile.</param>
/// <param name="Misses">Returns that could not be tracked.</param>
public readonly record struct EventCount(string Group, string Event, string Path, ulong Offset, long Hits, long Misses);
