using System;
using System.Buffers.Binary;
using ManagedUprobe.Events;
using ManagedUprobe.Output;

namespace ManagedUprobe.Tracing;

/// <summary>Lines under the options bin, hex and raw: uprobe events have no such texts of their own, so the kernel tells their number alone.</summary>
internal static class TraceNumbers
{
    /// <summary>Writes a line; of several options bin wins over hex, and that over raw.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="header">Who, where and when.</param>
    /// <param name="options">Which of the three are on.</param>
    /// <param name="withContext">Whether who, where and when stands before the event.</param>
    public static void Write(ref LineWriter writer, in TraceRecordHeader header, TraceOption options, bool withContext)
    {
        bool binary = options.HasFlag(TraceOption.Bin);
        bool hex = !binary && options.HasFlag(TraceOption.Hex);
        if (withContext)
        {
            if (binary || hex)
            {
                Append(ref writer, (ulong)header.ThreadId, sizeof(int), hex);
                Append(ref writer, (ulong)header.Cpu, sizeof(int), hex);
                Append(ref writer, (ulong)header.Time, sizeof(long), hex);
            }
            else
            {
                AppendDecimals(ref writer, in header);
            }
        }

        writer.Append("type: "u8);
        writer.AppendDecimal((long)header.EventId);
        writer.Append(hex ? "\n\n"u8 : "\n"u8);
    }

    private static void AppendDecimals(ref LineWriter writer, in TraceRecordHeader header)
    {
        writer.AppendDecimal((long)header.ThreadId);
        writer.Append(' ');
        writer.AppendDecimal((long)header.Cpu);
        writer.Append(' ');
        writer.AppendDecimal(header.Time);
        writer.Append(' ');
    }

    private static void Append(ref LineWriter writer, ulong value, int size, bool hex)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        bytes = bytes[..size];
        if (!hex)
        {
            writer.Append(bytes);
            return;
        }

        bytes.Reverse();
        foreach (byte each in bytes)
        {
            writer.Append(Digit(each >> 4));
            writer.Append(Digit(each & 15));
        }

        writer.Append(' ');
    }

    private static char Digit(int value) => (char)(value < 10 ? '0' + value : 'a' + value - 10);
}
