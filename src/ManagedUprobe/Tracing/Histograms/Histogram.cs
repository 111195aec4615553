using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using ManagedUprobe.Events;

namespace ManagedUprobe.Tracing.Histograms;

/// <summary>What hist triggers count into; those of one name share one.</summary>
internal sealed class Histogram(HistDefinition definition)
{
    private readonly ConcurrentDictionary<int, string> _comms = new();
    private volatile bool _isPaused = definition.Action == HistAction.Pause;

    /// <summary>The entries.</summary>
    public HistMap Map { get; } = new(definition.Size, definition.KeySize, definition.Values.Count + 1);

    /// <summary>Whether it is at rest.</summary>
    public bool IsPaused
    {
        get => _isPaused;
        set => _isPaused = value;
    }

    /// <summary>Keeps the name that a thread had at its first hit.</summary>
    public void Remember(int tid, ReadOnlySpan<byte> comm)
    {
        if (!_comms.ContainsKey(tid))
        {
            _ = _comms.TryAdd(tid, KernelText.FromBytes(comm));
        }
    }

    /// <summary>The name of a thread.</summary>
    public string CommOf(int tid) => _comms.GetValueOrDefault(tid, "");
}
