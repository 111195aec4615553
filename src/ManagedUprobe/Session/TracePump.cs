using System;
using ManagedUprobe.Events;
using ManagedUprobe.Output;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Session;

/// <summary>Formats the records of a session and writes them out, on a thread of the caller's. Allocates nothing while it runs.</summary>
internal sealed class TracePump
{
    private const int FlushSize = 64 * 1024;

    // Bytes of records that are worth a wake-up, and how long a smaller batch may wait for more. Where reader and target share a CPU the target stands still for each
    // batch: that has to be rarer than one hit in a thousand.
    private const int BatchSize = 512 * 1024;
    private const int PatienceMs = 50;

    // Two wake-ups closer than this begin a stream; a batch of fewer events ends it.
    private const long StreamGapNs = 2_000_000;
    private const int StreamCount = 4;

    private readonly UprobeSession _session;
    private readonly TraceRing _ring;
    private readonly ITraceFormatter _formatter;
    private readonly OutputDescriptor _output;
    private readonly long _limit;
    private readonly byte[] _buffer = new byte[FlushSize + ITraceFormatter.MaxLineLength];
    private int _length;
    private long _count;
    private long _lastWake = long.MinValue / 2;

    /// <summary>Creates a pump.</summary>
    /// <param name="session">A session that records.</param>
    /// <param name="formatter">Makes lines of records.</param>
    /// <param name="output">Where lines go.</param>
    /// <param name="limit">Events after which the session is stopped; long.MaxValue for no end.</param>
    public TracePump(UprobeSession session, ITraceFormatter formatter, OutputDescriptor output, long limit)
    {
        _session = session;
        _ring = session.Ring ?? throw new ArgumentException("The session only counts.", nameof(session));
        _formatter = formatter;
        _output = output;
        _limit = limit;
    }

    /// <summary>Whether the output could not be written any more.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Runs until the session has ended, or the limit is reached, or the output has failed.</summary>
    /// <remarks>
    /// An event that comes alone is shown at once. Events that come in a stream are taken in batches, at most a moment late: on a CPU that it shares with the
    /// target, a reader that wakes for each event costs more than the event.
    /// </remarks>
    public void Run()
    {
        bool isStream = false;
        while (isStream ? _ring.WaitForBatch(BatchSize, PatienceMs) : _ring.Wait())
        {
            long before = _count;
            if (!Drain())
            {
                _ring.Close();
                _session.Stop();
                return;
            }

            long now = MonotonicClock.Now;
            isStream = isStream ? _count - before >= StreamCount : now - _lastWake < StreamGapNs;
            _lastWake = now;
        }
    }

    private bool Drain()
    {
        while (_count < _limit && _ring.TryRead(out ReadOnlySpan<byte> bytes))
        {
            var record = new TraceRecord(bytes);
            TraceUprobe probe = _session.Events.ByIndex(record.Header.EventIndex);
            _length += _formatter.Format(probe, record, _buffer.AsSpan(_length));
            _count++;
            if (_length >= FlushSize && !Flush())
            {
                return false;
            }
        }

        return Flush() && _count < _limit;
    }

    private bool Flush()
    {
        HasFailed |= _length > 0 && !_output.TryWrite(_buffer.AsSpan(0, _length));
        _length = 0;
        return !HasFailed;
    }
}
