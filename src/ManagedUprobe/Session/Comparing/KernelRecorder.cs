using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using ManagedUprobe.Arch;
using ManagedUprobe.Events;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Session.Comparing;

/// <summary>Has the kernel record events: under a group and in a tracing instance of our own, of one process and its children alone.</summary>
/// <remarks>Others trace at the same time; nothing of theirs is touched. What is defined here is gone when this is disposed.</remarks>
internal sealed class KernelRecorder : IDisposable
{
    /// <summary>Followed by the owner's process id: group and instance.</summary>
    private const string NamePrefix = "mucmp";

    private const int BufferKb = 8192;

    private readonly KernelTraceFs _files = KernelTraceFs.Open();
    private readonly string _name = NamePrefix + Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
    private readonly string _instance;
    private readonly List<(string Group, string Event)> _events = [];
    private readonly List<string> _defined = [];

    /// <summary>Makes the instance.</summary>
    /// <exception cref="UprobeException">The kernel's tracing cannot be used here.</exception>
    public KernelRecorder()
    {
        _instance = "instances/" + _name;
        try
        {
            RemoveStale();
            _ = Directory.CreateDirectory(_files.Path(_instance));
            _files.MustWrite(_instance + "/buffer_size_kb", BufferKb.ToString(CultureInfo.InvariantCulture));
            _files.MustWrite(_instance + "/options/event-fork", "1");

            // Nothing before Follow: this process may map a probed library too.
            _files.MustWrite(_instance + "/tracing_on", "0");
        }
        catch (Exception error)
        {
            Dispose();
            throw error is UprobeException ? error : new UprobeException(Errno.EIO, $"the kernel's tracing cannot be used: {error.Message}");
        }
    }

    /// <summary>Why the kernel does not place a probe; by the probe's number.</summary>
    public Dictionary<int, InsnRefusal> Refused { get; } = [];

    /// <summary>Defines probes and enables their events, in the order given.</summary>
    /// <param name="probes">The probes.</param>
    /// <param name="answerOf">What the kernel will say to the instruction of a probe: it is not asked when it refuses.</param>
    /// <param name="filterOf">The filter of a probe's event; null for none.</param>
    /// <exception cref="UprobeException">The kernel does not take a definition that we take.</exception>
    public void Record(IReadOnlyList<TraceUprobe> probes, Func<TraceUprobe, InsnRefusal> answerOf, Func<TraceUprobe, string?> filterOf)
    {
        foreach (TraceUprobe probe in probes)
        {
            // A kernel that fails to enable one of several probes at a place may keep what it has freed.
            InsnRefusal answer = answerOf(probe);
            if (answer.IsRefused)
            {
                Refused.Add(probe.Index, answer);
                continue;
            }

            string line = probe.ListingLine;
            string name = $"{_name}/{NameOf(probe)}";
            _files.MustWrite("uprobe_events", $"{line[0]}:{name}{line[line.IndexOf(' ', StringComparison.Ordinal)..]}");
            if (!_defined.Contains(name))
            {
                _defined.Add(name);
                if (filterOf(probe) is string filter)
                {
                    _files.MustWrite($"{_instance}/events/{name}/filter", filter);
                }
            }
        }

        foreach (string name in _defined)
        {
            _files.MustWrite($"{_instance}/events/{name}/enable", "1");
        }
    }

    /// <summary>This process and its children are recorded from now on, and nobody else.</summary>
    public void Follow(int pid)
    {
        _files.MustWrite(_instance + "/set_event_pid", pid.ToString(CultureInfo.InvariantCulture));
        _files.MustWrite(_instance + "/tracing_on", "1");
    }

    /// <summary>What has been recorded, under the events' own names.</summary>
    /// <exception cref="UprobeException">There was more than the kernel's buffer takes.</exception>
    public List<RecordedEvent> Read()
    {
        long lost = Directory.GetDirectories(_files.Path(_instance + "/per_cpu"))
            .SelectMany(folder => File.ReadLines(folder + "/stats"))
            .Select(line => line.Split(": "))
            .Where(fields => fields[0] is "overrun" or "commit overrun" or "dropped events")
            .Sum(fields => long.Parse(fields[1], CultureInfo.InvariantCulture));
        return lost == 0
            ? [.. RecordedEvent.Parse(_files.Read(_instance + "/trace")).Select(line => line with { Event = _events[IndexOf(line.Event)].Event })]
            : throw new UprobeException(Errno.ENOSPC, $"the kernel's buffer lost {lost} events: compare fewer");
    }

    /// <summary>Disables and deletes what is ours.</summary>
    public void Dispose()
    {
        Remove(_name);
        _files.Dispose();
    }

    private static int IndexOf(string name) => int.Parse(name.AsSpan(1), CultureInfo.InvariantCulture);

    // Names of our own, because the kernel's group is one for all groups of the definitions.
    private string NameOf(TraceUprobe probe)
    {
        int index = _events.IndexOf((probe.Group, probe.Event));
        if (index < 0)
        {
            index = _events.Count;
            _events.Add((probe.Group, probe.Event));
        }

        return string.Create(CultureInfo.InvariantCulture, $"e{index}");
    }

    // Of processes that were killed.
    private void RemoveStale()
    {
        IEnumerable<string> groups = _files.Read("uprobe_events").Split('\n')
            .Where(line => line.Length > 2).Select(line => line[2..].Split('/')[0])
            .Concat(Directory.GetDirectories(_files.Path("instances")).Select(folder => Path.GetFileName(folder)))
            .Distinct(StringComparer.Ordinal);
        foreach (string group in groups.Where(IsStale).ToList())
        {
            Remove(group);
        }
    }

    private static bool IsStale(string name) =>
        name.StartsWith(NamePrefix, StringComparison.Ordinal)
        && int.TryParse(name.AsSpan(NamePrefix.Length), CultureInfo.InvariantCulture, out int pid)
        && !Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}"));

    private void Remove(string name)
    {
        string instance = _files.Path("instances/" + name);
        if (Directory.Exists(instance))
        {
            if (Directory.Exists($"{instance}/events/{name}"))
            {
                _ = _files.Write($"instances/{name}/events/{name}/enable", "0");
            }

            Directory.Delete(instance);
        }

        if (Directory.Exists(_files.Path("events/" + name)))
        {
            _ = _files.Write("uprobe_events", $"-:{name}/");
        }
    }
}
