using System;
using ManagedUprobe.Events;
using ManagedUprobe.Output;

namespace ManagedUprobe.Session;

/// <summary>Formats the records of a session and writes them out, on a thread of the caller's. Allocates nothing while it runs.</summary>
internal sealed class TracePump
{
    private const int FlushSize = 64 * 1024;

    private readonly UprobeSession _session;
    private readonly TraceRing _ring;
    private readonly ITraceFormatter _formatter;
    private readonly OutputDescriptor _output;
    private readonly long _limit;
    private readonly byte[] _buffer = new byte[FlushSize + ITraceFormatter.MaxLineLength];
    private int _length;
    private long _count;

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
    public void Run()
    {
        while (_ring.Wait())
        {
            if (!Drain())
            {
                _ring.Close();
                _session.Stop();
                return;
            }
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
