using System.Collections.Immutable;
using ManagedUprobe.Events;
using ManagedUprobe.Events.Filters;
using ManagedUprobe.Output;

namespace ManagedUprobe.Tracing;

/// <summary>A defined event (trace_event_call): one or more probes of one name.</summary>
/// <param name="first">Its first probe.</param>
/// <param name="id">Its number.</param>
internal sealed class TraceEventCall(TraceUprobe first, int id)
{
    private readonly TraceUprobe _first = first;
    private ImmutableList<TraceUprobe> _probes = [first];

    /// <summary>Group.</summary>
    public string Group => _first.Group;

    /// <summary>Name.</summary>
    public string Name => _first.Event;

    /// <summary>Both, as GROUP:NAME.</summary>
    public string FullName => $"{Group}:{Name}";

    /// <summary>The event's number, which is free again when the event is gone.</summary>
    public int Id => id;

    /// <summary>The probes, in definition order: a snapshot.</summary>
    public ImmutableList<TraceUprobe> Probes => _probes;

    /// <summary>One of the probes, for what all of them have: kind, names and types of arguments.</summary>
    public TraceUprobe Primary => _first;

    /// <summary>What filters can name.</summary>
    public FilterFields Fields { get; } = FilterFields.Of(first);

    /// <summary>Text of the format file, one byte a character.</summary>
    public string Format => EventFormatText.Of(_first, id);

    /// <summary>Adds a sibling.</summary>
    public void Add(TraceUprobe probe) => _probes = _probes.Add(probe);

    /// <summary>Removes a sibling.</summary>
    public void Remove(TraceUprobe probe) => _probes = _probes.Remove(probe);
}
