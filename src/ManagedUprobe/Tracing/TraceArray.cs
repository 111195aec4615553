using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using ManagedUprobe.Events;

namespace ManagedUprobe.Tracing;

/// <summary>The state behind one tree of files (trace_array): its events, whether they are recorded, what went wrong.</summary>
internal sealed class TraceArray
{
    // Where the numbers of dynamic events begin; those below are the tracepoints of a kernel.
    private const int FirstEventId = 2048;

    private readonly IProbePlacer _placer;
    private volatile bool _isOn = true;
    private ImmutableList<TraceEventFile> _events = [];

    /// <summary>Creates the state around a list of definitions that is empty.</summary>
    /// <param name="table">The definitions; its observers are set.</param>
    /// <param name="placer">Puts the probes of enabled events in place.</param>
    public TraceArray(EventTable table, IProbePlacer placer)
    {
        Table = table;
        _placer = placer;
        table.Added = OnAdded;
        table.Removed = OnRemoved;
    }

    /// <summary>tracing_on: whether hits are recorded at all. Any thread.</summary>
    public bool IsOn
    {
        get => _isOn;
        set => _isOn = value;
    }

    /// <summary>Held while events are defined, deleted, enabled, disabled, or get filters and triggers. The tracer thread never waits for it.</summary>
    public Lock EventMutex { get; } = new();

    /// <summary>The definitions.</summary>
    public EventTable Table { get; }

    /// <summary>The events, in definition order: a snapshot.</summary>
    public IReadOnlyList<TraceEventFile> Events => Volatile.Read(ref _events);

    /// <summary>What was wrong with commands.</summary>
    public ErrorLog ErrorLog { get; } = new();

    /// <summary>Finds an event.</summary>
    public TraceEventFile? Find(string group, string name) =>
        Events.FirstOrDefault(file => file.Call.Name == name && file.Call.Group == group);

    /// <summary>Returns of a probe that could not be tracked, since it was placed. Any thread.</summary>
    public long MissesOf(TraceUprobe probe) => Find(probe.Group, probe.Event)?.MissesOf(probe) ?? 0;

    private void OnAdded(TraceUprobe probe)
    {
        if (Find(probe.Group, probe.Event) is { } file)
        {
            file.Call.Add(probe);
        }
        else
        {
            var call = new TraceEventCall(probe, LowestFreeId());
            Volatile.Write(ref _events, _events.Add(new TraceEventFile(this, call, _placer)));
        }
    }

    private void OnRemoved(TraceUprobe probe)
    {
        if (Find(probe.Group, probe.Event) is { } file)
        {
            file.Remove(probe);
            if (file.Call.Probes.IsEmpty)
            {
                Volatile.Write(ref _events, _events.Remove(file));
            }
        }
    }

    private int LowestFreeId()
    {
        var used = _events.Select(file => file.Call.Id).ToHashSet();
        int id = FirstEventId;
        while (used.Contains(id))
        {
            id++;
        }

        return id;
    }
}
