using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading;
using ManagedUprobe.Events;
using ManagedUprobe.Output;
using ManagedUprobe.Primitives;
using ManagedUprobe.Tracing;

namespace ManagedUprobe.Session;

public sealed partial class UprobeSession
{
    private readonly EventTable _events;
    private readonly TraceRing? _ring;
    private readonly HashSet<string> _probedFiles = new(StringComparer.Ordinal);
    private readonly TraceArray _array;
    private readonly Lazy<TraceFs> _traceFs;
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
                counts.Add(new EventCount(
                    probe.Group, probe.Event, probe.Path, probe.Offset, (long)probe.HitCount, _array.MissesOf(probe)));
            }

            return counts;
        }
    }

    /// <summary>
    /// The event files of this session, as the kernel's tracefs has them. What is enabled there is traced here, and events that were added here can be seen
    /// there. Hits are kept in its buffer (<c>trace</c>, <c>trace_pipe</c>) from the first use of this property on. Not to be used by a consumer's handler.
    /// </summary>
    public TraceFs TraceFs => _traceFs.Value;

    /// <summary>Where the time went, in one line, once the session has ended; null unless the session is verbose.</summary>
    internal string? ShareLine
    {
        get
        {
            long hits = 0;
            foreach (TraceUprobe probe in _events.Probes)
            {
                hits += (long)probe.HitCount;
            }

            return _tracer.Share?.Line(hits);
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

    /// <summary>The filter of a probe's event as it was written; null when there is none.</summary>
    internal string? FilterOf(TraceUprobe probe) => _array.Find(probe.Group, probe.Event)?.Filter.Filter?.Text;

    /// <summary>Hits of a probe as far as they count: those that its event's filter lets pass, if it has one.</summary>
    internal ulong CountOf(TraceUprobe probe) =>
        _array.Find(probe.Group, probe.Event)?.Filter.Filter == null ? probe.HitCount : probe.PassedCount;

    /// <summary>Defines an event and enables it. The language is that of uprobe_events, with symbols where the kernel wants numbers.</summary>
    /// <param name="definition">One definition: <c>p:name path:symbol arg=%di</c>, <c>r:libc.so.6:malloc $retval</c>, <c>bash:readline%return</c>, …</param>
    /// <exception cref="UprobeException">The definition is wrong (message and position), or its place cannot be probed. Nothing stays defined.</exception>
    /// <exception cref="ObjectDisposedException">The session has ended.</exception>
    public void AddEvent(string definition) => AddEvent(definition, filter: null);

    /// <summary>Defines an event with a filter, and enables it.</summary>
    /// <param name="definition">As for <see cref="AddEvent(string)"/>.</param>
    /// <param name="filter">
    /// Which hits are recorded, in the language of the kernel's <c>filter</c> files: <c>size &gt; 100 &amp;&amp; name ~ "*.so"</c>; null for all.
    /// It belongs to the event, hence to all probes of that name, and replaces the one that the event had.
    /// </param>
    /// <exception cref="UprobeException">The definition or the filter is wrong (message and position), or the place cannot be probed. Nothing stays defined.</exception>
    /// <exception cref="ObjectDisposedException">The session has ended.</exception>
    public void AddEvent(string definition, string? filter)
    {
        ArgumentNullException.ThrowIfNull(definition);
        ObjectDisposedException.ThrowIf(_disposed, this);
        lock (_array.EventMutex)
        {
            IReadOnlyList<TraceUprobe> added = _events.WriteExtended(definition, _target);
            try
            {
                foreach (TraceUprobe probe in added)
                {
                    TraceEventFile file = _array.Find(probe.Group, probe.Event)!;
                    if (filter != null)
                    {
                        file.Filter.Write(KernelText.FromUnicode(filter), file.Call.Fields);
                    }

                    file.EnableWithNewSiblings();
                }
            }
            catch
            {
                foreach (TraceUprobe probe in added)
                {
                    _events.Remove(probe);
                }

                throw;
            }
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
}
