using System;
using ManagedUprobe.Events;
using ManagedUprobe.Output;
using ManagedUprobe.Tracing.Buffers;

namespace ManagedUprobe.Tracing;

/// <summary>Makes lines of records as the options of a trace array say, with the names that threads have now. One thread at a time; allocates nothing.</summary>
internal sealed class TraceLineFormatter(TraceArray array)
{
    private const TraceOption Numeric = TraceOption.Bin | TraceOption.Hex | TraceOption.Raw;

    private readonly TraceLineStyle _style = array.Style;
    private readonly TraceOption _numbers = array.Options & Numeric;
    private readonly byte[] _comm = new byte[SavedCmdlines.MaxComm + 1];

    /// <summary>Writes a line, newline included.</summary>
    /// <param name="record">The record.</param>
    /// <param name="line">Where to; at least <see cref="ITraceFormatter.MaxLineLength"/> bytes.</param>
    /// <returns>Bytes written.</returns>
    public int Format(TraceRecord record, Span<byte> line)
    {
        var writer = new LineWriter(line);
        if (_numbers != TraceOption.None)
        {
            TraceNumbers.Write(ref writer, in record.Header, _numbers, _style.ContextInfo);
            return writer.Length;
        }

        if (_style.ContextInfo)
        {
            int length = array.Cmdlines.Find(record.Header.ThreadId, _comm, out int tgid);
            TraceLinePrefix.Write(ref writer, in record.Header, _comm.AsSpan(0, length), tgid, _style);
        }

        if (UserStackRecord.Is(in record.Header))
        {
            UserStackRecord.Write(ref writer, record);
        }
        else
        {
            TraceTextFormatter.WriteEvent(ref writer, array.Table.ByIndex(record.Header.EventIndex), record);
        }

        writer.Append('\n');
        return writer.Length;
    }

    /// <summary>Writes what stands where records of a CPU were overwritten.</summary>
    public static int FormatLost(int cpu, long lost, Span<byte> line)
    {
        var writer = new LineWriter(line);
        writer.Append("CPU:"u8);
        writer.AppendDecimal((long)cpu);
        writer.Append(" [LOST "u8);
        writer.AppendDecimal(lost);
        writer.Append(" EVENTS]\n"u8);
        return writer.Length;
    }

    /// <summary>Writes what stands before the first record of a CPU, if any were lost.</summary>
    public static int FormatStart(int cpu, Span<byte> line)
    {
        var writer = new LineWriter(line);
        writer.Append("##### CPU "u8);
        writer.AppendDecimal((long)cpu);
        writer.Append(" buffer started ####\n"u8);
        return writer.Length;
    }
}
