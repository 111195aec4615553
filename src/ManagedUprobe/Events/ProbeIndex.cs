using System.Collections.Generic;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Events;

/// <summary>The probes of a table by event and by place, so that one more costs the same whatever their number.</summary>
internal sealed class ProbeIndex
{
    private readonly Dictionary<(string Group, string Event), List<TraceUprobe>> _events = [];
    private readonly Dictionary<(FileIdentity File, ulong Offset), List<TraceUprobe>> _places = [];

    /// <summary>The probes of the event that <paramref name="probe"/> names, in definition order.</summary>
    public IReadOnlyList<TraceUprobe> SiblingsOf(TraceUprobe probe) => _events.GetValueOrDefault((probe.Group, probe.Event)) ?? [];

    /// <summary>The probes at the place of <paramref name="probe"/>.</summary>
    public IReadOnlyList<TraceUprobe> AtPlaceOf(TraceUprobe probe) => _places.GetValueOrDefault((probe.FileIdentity, probe.Offset)) ?? [];

    /// <summary>Adds a probe.</summary>
    public void Add(TraceUprobe probe)
    {
        Add(_events, (probe.Group, probe.Event), probe);
        Add(_places, (probe.FileIdentity, probe.Offset), probe);
    }

    /// <summary>Takes a probe out.</summary>
    public void Remove(TraceUprobe probe)
    {
        Remove(_events, (probe.Group, probe.Event), probe);
        Remove(_places, (probe.FileIdentity, probe.Offset), probe);
    }

    private static void Add<TKey>(Dictionary<TKey, List<TraceUprobe>> lists, TKey key, TraceUprobe probe)
        where TKey : notnull
    {
        if (!lists.TryGetValue(key, out List<TraceUprobe>? list))
        {
            lists.Add(key, list = []);
        }

        list.Add(probe);
    }

    private static void Remove<TKey>(Dictionary<TKey, List<TraceUprobe>> lists, TKey key, TraceUprobe probe)
        where TKey : notnull
    {
        if (lists.TryGetValue(key, out List<TraceUprobe>? list) && list.Remove(probe) && list.Count == 0)
        {
            _ = lists.Remove(key);
        }
    }
}
