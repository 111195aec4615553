using System;
using ManagedUprobe.Events;

namespace ManagedUprobe.Output;

/// <summary>Lines as trace_pipe prints them.</summary>
internal sealed class TraceTextFormatter : ITraceFormatter
{
    /// <inheritdoc/>
    public int Format(TraceUprobe probe, TraceRecord record, Span<byte> line)
    {
        var writer = new LineWriter(line);
        TraceLinePrefix.Write(ref writer, in record.Header, record.Header.CommBytes, record.Header.ProcessId, TraceLineStyle.Default);
        WriteEvent(ref writer, probe, record);
        writer.Append('\n');
        return writer.Length;
    }

    /// <summary>The event text alone: name, addresses, arguments.</summary>
    public static void WriteEvent(ref LineWriter writer, TraceUprobe probe, TraceRecord record)
    {
        writer.Append(probe.Event);
        writer.Append(": ("u8);
        if (probe.IsReturn)
        {
            writer.AppendHex(record.ReturnVaddr);
            writer.Append(" <- "u8);
        }

        writer.AppendHex(record.ProbeVaddr);
        writer.Append(')');
        foreach (ProbeArg arg in probe.Args)
        {
            writer.Append(' ');
            writer.Append(arg.Name);
            writer.Append('=');
            WriteArg(ref writer, probe, record, arg);
        }
    }

    private static void WriteArg(ref LineWriter writer, TraceUprobe probe, TraceRecord record, ProbeArg arg)
    {
        if (arg.ArrayCount == 0)
        {
            WriteElement(ref writer, probe, record, arg, 0);
            return;
        }

        writer.Append('{');
        for (int i = 0; i < arg.ArrayCount; i++)
        {
            if (i > 0)
            {
                writer.Append(',');
            }

            WriteElement(ref writer, probe, record, arg, i);
        }

        writer.Append('}');
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
                writer.AppendHex(record.Number(probe, arg, index));
                break;
            case FetchFormat.Char:
                writer.Append('\'');
                writer.Append((byte)record.Number(probe, arg, index));
                writer.Append('\'');
                break;
            default:
                WriteString(ref writer, probe, record, arg, index);
                break;
        }
    }

    private static void WriteString(ref LineWriter writer, TraceUprobe probe, TraceRecord record, ProbeArg arg, int index)
    {
        if (!record.TryString(probe, arg, index, out ReadOnlySpan<byte> text))
        {
            writer.Append("(fault)"u8);
            return;
        }

        writer.Append('"');
        writer.Append(text);
        writer.Append('"');
    }
}
