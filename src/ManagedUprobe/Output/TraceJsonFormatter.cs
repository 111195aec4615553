using System;
using ManagedUprobe.Events;

namespace ManagedUprobe.Output;

/// <summary>One JSON object a line.</summary>
/// <remarks>
/// <c>pid</c> is the thread group, <c>address</c> the probed address (of the function for a return). Decimal types are JSON numbers, hexadecimal
/// ones strings "0x…", a fault is null. Bytes that are not UTF-8 stand as \xNN in the string's text, so the line is always valid JSON.
/// </remarks>
internal sealed class TraceJsonFormatter : ITraceFormatter
{
    private const ulong NanosecondsPerSecond = 1_000_000_000;

    /// <inheritdoc/>
    public int Format(TraceUprobe probe, TraceRecord record, Span<byte> line)
    {
        var writer = new LineWriter(line);
        WriteHeader(ref writer, in record.Header);
        writer.Append(",\"event\":"u8);
        JsonText.WriteName(ref writer, probe.Event);
        writer.Append(",\"address\":"u8);
        WriteHex(ref writer, record.ProbeVaddr);
        if (probe.IsReturn)
        {
            writer.Append(",\"return_address\":"u8);
            WriteHex(ref writer, record.ReturnVaddr);
        }

        writer.Append(",\"args\":{"u8);
        for (int i = 0; i < probe.Args.Length; i++)
        {
            writer.Append(i == 0 ? ""u8 : ","u8);
            JsonText.WriteName(ref writer, probe.Args[i].Name);
            writer.Append(':');
            WriteArg(ref writer, probe, record, probe.Args[i]);
        }

        writer.Append("}}\n"u8);
        return writer.Length;
    }

    private static void WriteHeader(ref LineWriter writer, in TraceRecordHeader header)
    {
        ulong time = (ulong)header.Time;
        writer.Append("{\"time\":"u8);
        writer.AppendDecimal(time / NanosecondsPerSecond);
        writer.Append('.');
        writer.AppendDecimal(time % NanosecondsPerSecond, 9);
        writer.Append(",\"cpu\":"u8);
        writer.AppendDecimal((long)header.Cpu);
        writer.Append(",\"pid\":"u8);
        writer.AppendDecimal((long)header.ProcessId);
        writer.Append(",\"tid\":"u8);
        writer.AppendDecimal((long)header.ThreadId);
        writer.Append(",\"comm\":"u8);
        JsonText.WriteBytes(ref writer, header.CommBytes);
    }

    private static void WriteHex(ref LineWriter writer, ulong value)
    {
        writer.Append('"');
        writer.AppendHex(value);
        writer.Append('"');
    }

    private static void WriteArg(ref LineWriter writer, TraceUprobe probe, TraceRecord record, ProbeArg arg)
    {
        if (arg.ArrayCount == 0)
        {
            WriteElement(ref writer, probe, record, arg, 0);
            return;
        }

        writer.Append('[');
        for (int i = 0; i < arg.ArrayCount; i++)
        {
            writer.Append(i == 0 ? ""u8 : ","u8);
            WriteElement(ref writer, probe, record, arg, i);
        }

        writer.Append(']');
    }

    private static void WriteElement(ref LineWriter writer, TraceUprobe probe, TraceRecord record, ProbeArg arg, int index)
    {
        switch (arg.Type.Format)
        {
            case FetchFormat.Unsigned:
                writer.AppendDecimal(record.Number(probe, arg, index));
                break;
            case FetchFormat.Signed:
                writer.AppendDecimal(record.SignedNumber(probe, arg, index));
                break;
            case FetchFormat.Hex:
                WriteHex(ref writer, record.Number(probe, arg, index));
                break;
            case FetchFormat.Char:
                JsonText.WriteBytes(ref writer, [(byte)record.Number(probe, arg, index)]);
                break;
            default:
                WriteString(ref writer, probe, record, arg, index);
                break;
        }
    }

    private static void WriteString(ref LineWriter writer, TraceUprobe probe, TraceRecord record, ProbeArg arg, int index)
    {
        if (record.TryString(probe, arg, index, out ReadOnlySpan<byte> text))
        {
            JsonText.WriteBytes(ref writer, text);
        }
        else
        {
            writer.Append("null"u8);
        }
    }
}
