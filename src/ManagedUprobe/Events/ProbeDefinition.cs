using System.Collections.Immutable;

namespace ManagedUprobe.Events;

/// <summary>A parsed definition command, not yet in a table.</summary>
internal sealed class ProbeDefinition
{
    /// <summary>Group and event as far as they were given.</summary>
    public required ProbeEventName Name { get; init; }

    /// <summary>Where it goes.</summary>
    public required ProbePlace Place { get; init; }

    /// <summary>The arguments.</summary>
    public required ImmutableArray<ProbeArg> Args { get; init; }

    /// <summary>Makes the probe: names it after its place when no name was given, compiles the arguments.</summary>
    public TraceUprobe ToProbe(int index) => new()
    {
        Group = Name.Group ?? ProbeEventName.DefaultGroup,
        Event = Name.Event ?? ProbeEventName.Auto(Place.Path, Place.Offset),
        IsReturn = Place.IsReturn,
        Path = Place.Path,
        File = Place.File,
        Offset = Place.Offset,
        RefCtrOffset = Place.RefCtrOffset,
        Symbol = Place.Symbol,
        Args = Args,
        Program = new FetchProgram(Args, Place.IsReturn, Place.Offset),
        Index = index,
    };
}
