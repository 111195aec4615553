using System;
using ManagedUprobe.Events;
using ManagedUprobe.Output;
using ManagedUprobe.Primitives;
using ManagedUprobe.Tracing.Buffers;
using Mono.Unix.Native;

namespace ManagedUprobe.Tracing;

/// <summary>An open trace_pipe: what is read from it is gone. One thread at a time; reading allocates nothing.</summary>
internal sealed class TracePipe : IDisposable
{
    // Another try from time to time, for what no record announces: the end, tracing turned off.
    private const int LookAgain = 100;

    private readonly TraceArray _array;
    private readonly TraceBuffer _buffer;
    private readonly int _cpu;
    private readonly byte[] _record = new byte[TraceRecord.MaxSize];
    private readonly byte[] _lines = new byte[2 * ITraceFormatter.MaxLineLength];
    private int _start;
    private int _end;
    private bool _hasRead;

    private TracePipe(TraceArray array, int cpu)
    {
        _array = array;
        _cpu = cpu;
        _buffer = array.StartBuffer();
    }

    /// <summary>Opens the pipe.</summary>
    /// <param name="array">Whose.</param>
    /// <param name="cpu">Of this CPU; -1 of all.</param>
    /// <exception cref="UprobeException">EBUSY: it is open already.</exception>
    public static TracePipe Open(TraceArray array, int cpu) => array.TryOpenPipe(cpu)
        ? new TracePipe(array, cpu)
        : throw new UprobeException(Errno.EBUSY, "trace_pipe is being read already");

    /// <summary>Reads bytes of lines; they may be cut anywhere.</summary>
    /// <param name="into">Where to.</param>
    /// <param name="wait">Whether to wait for records when there are none.</param>
    /// <returns>Bytes; 0 when there are none, and, with waiting, at the end: nothing is traced any more, or tracing is off and something was read before.</returns>
    public int Read(Span<byte> into, bool wait)
    {
        if (_start == _end && !Refill(into.Length, wait))
        {
            return 0;
        }

        int length = Math.Min(into.Length, _end - _start);
        _lines.AsSpan(_start, length).CopyTo(into);
        _start += length;
        return length;
    }

    /// <summary>Ends the reading; what was not read yet stays, but for the rest of a line that was begun.</summary>
    public void Dispose() => _array.ClosePipe(_cpu);

    private bool Refill(int wanted, bool wait)
    {
        (_start, _end) = (0, 0);
        bool mayEnd = _hasRead && !_array.IsOn;
        var formatter = new TraceLineFormatter(_array);
        while (!Fill(formatter, wanted))
        {
            if (!wait || mayEnd || (_array.IsOver && !_buffer.HasRecords(_cpu)))
            {
                return false;
            }

            _ = _buffer.Wait(_cpu, LookAgain);
        }

        _hasRead = true;
        return true;
    }

    // Not more than is wanted: what is consumed and not read is lost when the pipe is closed.
    private bool Fill(TraceLineFormatter formatter, int wanted)
    {
        while (_end < Math.Min(wanted, ITraceFormatter.MaxLineLength / 2))
        {
            int length = _buffer.Consume(_cpu, _record, out long lost);
            if (length == 0)
            {
                break;
            }

            var record = new TraceRecord(_record.AsSpan(0, length));
            if (lost > 0)
            {
                _end += TraceLineFormatter.FormatLost(record.Header.Cpu, lost, _lines.AsSpan(_end));
            }

            _end += formatter.Format(record, _lines.AsSpan(_end));
        }

        return _end > 0;
    }
}
