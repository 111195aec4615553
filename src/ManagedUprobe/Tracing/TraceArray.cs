using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using ManagedUprobe.Events;

namespace ManagedUprobe.Tracing;

/// <summary>The state behind one tree of files (trace_array): its events, whether and how they are recorded, what was recorded, what went wrong.</summary>
internal sealed partial class TraceArray
{
    // Where the numbers of dynamic events begin; those below are the tracepoints of a kernel.
    private const int FirstEventId = 2048;

    private readonly IProbePlacer _placer;
    private volatile bool _isOn = true;
    private readonly ConcurrentDictionary<(string Group, string Name), TraceEventFile> _byName = new();
    private readonly SortedSet<int> _freeIds = [];
    private ImmutableList<TraceEventFile> _events = [];
    private int _nextId = FirstEventId;

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

    /// <summary>The events, those that were defined last first, as the kernel goes through them.</summary>
    public IEnumerable<TraceEventFile> EventsNewestFirst => Events.Reverse();

    /// <summary>What was wrong with commands.</summary>
    public ErrorLog ErrorLog { get; } = new();

    /// <summary>Finds an event.</summary>
    public TraceEventFile? Find(string group, string name) =>
        _byName.GetValueOrDefault((group, name));

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
            file = new TraceEventFile(this, new TraceEventCall(probe, TakeLowestFreeId()), _placer);
            _byName[(probe.Group, probe.Event)] = file;
            Volatile.Write(ref _events, _events.Add(file));
        }
    }

    private void OnRemoved(TraceUprobe probe)
    {
        if (Find(probe.Group, probe.Event) is not { } file)
        {
            return;
        }

        file.Remove(probe);
        if (file.Call.Probes.IsEmpty)
        {
            _ = _byName.TryRemove((probe.Group, probe.Event), out _);
            _ = _freeIds.Add(file.Call.Id);
            Volatile.Write(ref _events, _events.Remove(file));
            if (file.WasEnabled)
            {
                // Records of an event that is no more could not be shown.
                Buffer?.Clear();
                Snapshot?.Clear();
            }
        }
    }

    private int TakeLowestFreeId()
    {
        int id = _freeIds.Count > 0 ? _freeIds.Min : _nextId++;
        _ = _freeIds.Remove(id);
        return id;
    }
}
