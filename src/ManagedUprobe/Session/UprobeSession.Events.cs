using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using ManagedUprobe.Events;
using ManagedUprobe.Output;
using ManagedUprobe.Primitives;
using ManagedUprobe.Uprobes;

namespace ManagedUprobe.Session;

public sealed partial class UprobeSession
{
    private readonly EventTable _events;
    private readonly TraceRing? _ring;
    private readonly ConcurrentDictionary<TraceUprobe, ImmutableArray<UprobeRegistration>> _armed = new();
    private readonly HashSet<string> _probedFiles = new(StringComparer.Ordinal);
    private readonly Lock _defining = new();
    private int _isRead;

    /// <summary>Events lost because nobody read them in time (the library never holds up a target for its reader). Any thread.</summary>
    public long DroppedEvents => _ring?.Dropped ?? 0;

    /// <summary>Counts of the defined events, in definition order.</summary>
    public IReadOnlyList<EventCount> EventCounts
    {
        get
        {
            var counts = new List<EventCount>();
            foreach (TraceUprobe probe in _events.Probes)
            {
                if (_armed.TryGetValue(probe, out ImmutableArray<UprobeRegistration> registrations))
                {
                    counts.Add(new EventCount(
                        probe.Group, probe.Event, probe.Path, probe.Offset, (long)probe.HitCount, registrations.Sum(each => each.Misses)));
                }
            }

            return counts;
        }
    }

    internal EventTable Events => _events;

    internal IReadOnlyList<string> ProbedFiles
    {
        get
        {
            lock (_probedFiles)
            {
                return [.. _probedFiles];
            }
        }
    }

    internal TraceRing? Ring => _ring;

    /// <summary>Defines an event and arms it. The language is that of uprobe_events, with symbols where the kernel wants numbers.</summary>
    /// <param name="definition">One definition: <c>p:name path:symbol arg=%di</c>, <c>r:libc.so.6:malloc $retval</c>, <c>bash:readline%return</c>, …</param>
    /// <exception cref="UprobeException">The definition is wrong (message and position), or its place cannot be probed. Nothing stays defined.</exception>
    /// <exception cref="ObjectDisposedException">The session has ended.</exception>
    public void AddEvent(string definition)
    {
        ArgumentNullException.ThrowIfNull(definition);
        ObjectDisposedException.ThrowIf(_disposed, this);
        lock (_defining)
        {
            IReadOnlyList<TraceUprobe> added = _events.WriteExtended(definition, _target);
            try
            {
                foreach (TraceUprobe probe in added)
                {
                    Arm(probe);
                }
            }
            catch
            {
                Undefine(added);
                throw;
            }

            DisarmDeleted();
        }
    }

    /// <summary>
    /// Starts the program if need be, and hands out events until nothing is traced any more, or the token is cancelled. One reader at a time; the next one goes on
    /// where the last one left.
    /// </summary>
    /// <remarks>Whoever stops reading leaves the session as it is: the program runs on, and events are dropped when the buffer is full.</remarks>
    /// <exception cref="InvalidOperationException">The session only counts, or has a reader already.</exception>
    /// <exception cref="ObjectDisposedException">The session was disposed before.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async IAsyncEnumerable<TraceEvent> ReadEventsAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        TraceRing ring = _ring ?? throw new InvalidOperationException("This session only counts events.");
        if (Interlocked.Exchange(ref _isRead, 1) != 0)
        {
            throw new InvalidOperationException("The events are being read already.");
        }

        try
        {
            Start();
            while (await ring.WaitAsync(cancellationToken).ConfigureAwait(false))
            {
                while (TryRead(ring, out TraceEvent? item))
                {
                    yield return item;
                    cancellationToken.ThrowIfCancellationRequested();
                }
            }

            // What ended the session, if that was an error, is no orderly end of the events either.
            await Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref _isRead, 0);
        }
    }

    private bool TryRead(TraceRing ring, [NotNullWhen(true)] out TraceEvent? item)
    {
        item = null;
        if (ring.TryRead(out ReadOnlySpan<byte> bytes))
        {
            var record = new TraceRecord(bytes);
            item = TraceEvent.FromRecord(_events.ByIndex(record.Header.EventIndex), record);
            ring.Release();
        }

        return item != null;
    }

    private void Watch(string file)
    {
        lock (_probedFiles)
        {
            if (!_probedFiles.Add(file))
            {
                return;
            }
        }

        _watcher?.Watch(file);
    }

    private void Arm(TraceUprobe probe)
    {
        string path = _target.HostPath(probe.Path);
        if (!_options.Force)
        {
            BoundaryCheck.Require(path, probe.Offset);
        }

        var consumer = new TraceConsumer(probe, _ring);
        if (probe.Symbol is { IsIndirect: true } symbol && symbol.Offset == probe.Offset)
        {
            ArmResolved(probe, symbol.Name, path, consumer);
        }
        else
        {
            AddArmed(probe, Register(new Uprobe(path, probe.Offset), consumer));
        }
    }

    // A definition may also be a deletion.
    private void DisarmDeleted()
    {
        foreach (TraceUprobe probe in _armed.Keys.Except(_events.Probes))
        {
            Disarm(probe);
        }
    }

    // An IFUNC: the symbol is a resolver's, the function that runs is known when that has run.
    private void ArmResolved(TraceUprobe probe, string symbol, string path, TraceConsumer consumer)
    {
        var resolver = new IfuncResolver(path, probe.Offset, (file, offset) =>
        {
            _options.Log?.Invoke($"{probe.Path}:{symbol} (IFUNC) is resolved to offset 0x{offset:x}");
            AddArmed(probe, _tracer.Register(new Uprobe(file, offset), consumer));
        });
        AddArmed(probe, Register(new Uprobe(path, probe.Offset), resolver));
        _tracer.WhenAttached(resolver, symbol);
    }

    private void AddArmed(TraceUprobe probe, UprobeRegistration registration) =>
        _armed.AddOrUpdate(probe, [registration], (_, others) => others.Add(registration));

    private void Undefine(IReadOnlyList<TraceUprobe> probes)
    {
        foreach (TraceUprobe probe in probes)
        {
            Disarm(probe);
            _events.Remove(probe);
        }
    }

    private void Disarm(TraceUprobe probe)
    {
        if (_armed.TryRemove(probe, out ImmutableArray<UprobeRegistration> registrations))
        {
            foreach (UprobeRegistration registration in registrations)
            {
                registration.Dispose();
            }
        }
    }
}
