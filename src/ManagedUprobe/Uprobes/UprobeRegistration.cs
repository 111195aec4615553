using System;
using System.Threading;

namespace ManagedUprobe.Uprobes;

/// <summary>One consumer on one uprobe, from registration until it is disposed.</summary>
public sealed class UprobeRegistration : IDisposable
{
    private readonly Action<UprobeRegistration> _unregister;
    private long _hits;
    private long _misses;
    private int _disposed;

    internal UprobeRegistration(Uprobe uprobe, UprobeNode node, UprobeConsumer consumer, Action<UprobeRegistration> unregister)
    {
        Uprobe = uprobe;
        Node = node;
        Consumer = consumer;
        HasHandler = consumer.HasHandler;
        HasReturnHandler = consumer.HasReturnHandler;
        DataSize = consumer.DataSize;
        _unregister = unregister;
    }

    /// <summary>The place.</summary>
    public Uprobe Uprobe { get; }

    /// <summary>Who is told.</summary>
    public UprobeConsumer Consumer { get; }

    /// <summary>Times that the instruction was hit since registration, in all traced processes. Any thread.</summary>
    public long Hits => Interlocked.Read(ref _hits);

    /// <summary>Calls whose return could not be tracked: nested deeper than 64, or a stack that could not be written. Any thread.</summary>
    public long Misses => Interlocked.Read(ref _misses);

    internal UprobeNode Node { get; }

    internal bool HasHandler { get; }

    internal bool HasReturnHandler { get; }

    internal int DataSize { get; }

    internal bool IsActive { get; set; } = true;

    /// <summary>Unregisters: breakpoints that nobody wants any more are removed; no handler runs after the return. Any thread.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _unregister(this);
        }
    }

    // The tracer thread is the only writer: a plain store that readers of other threads see whole.
    internal void CountHit() => Volatile.Write(ref _hits, _hits + 1);

    internal void CountMiss() => Volatile.Write(ref _misses, _misses + 1);
}
