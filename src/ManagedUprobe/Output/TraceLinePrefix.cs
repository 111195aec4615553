using System;
using ManagedUprobe.Events;

namespace ManagedUprobe.Output;

/// <summary>What stands before an event in a line of a trace: who, where, when.</summary>
internal static class TraceLinePrefix
{
    private const int CommWidth = 16;
    private const int PidWidth = 7;
    private const int TgidWidth = 7;
    private const int SecondsWidth = 5;
    private const int CounterWidth = 12;
    private const ulong NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Writes it.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="header">Who, where and when.</param>
    /// <param name="comm">Name of the thread.</param>
    /// <param name="tgid">Its process; 0 when not known.</param>
    /// <param name="style">How it looks.</param>
    public static void Write(ref LineWriter writer, in TraceRecordHeader header, ReadOnlySpan<byte> comm, int tgid, TraceLineStyle style)
    {
        writer.PadBefore(comm.Length, CommWidth);
        writer.Append(comm);
        writer.Append('-');
        int pid = writer.Length;
        writer.AppendDecimal((long)header.ThreadId);
        writer.PadFrom(pid, PidWidth);
        writer.Append(' ');
        if (style.RecordTgid)
        {
            WriteTgid(ref writer, tgid);
        }

        writer.Append('[');
        writer.AppendDecimal((uint)header.Cpu, 3);
        // What the kernel prints for uprobes where the flags are of no meaning.
        writer.Append(style.IrqInfo ? "] DBZff "u8 : "]  "u8);
        WriteTime(ref writer, (ulong)header.Time, style.TimeIsNanoseconds);
    }

    private static void WriteTgid(ref LineWriter writer, int tgid)
    {
        if (tgid == 0)
        {
            writer.Append("(-------) "u8);
            return;
        }

        writer.Append('(');
        writer.PadBefore(LineWriter.Digits((uint)tgid), TgidWidth);
        writer.AppendDecimal((uint)tgid, 1);
        writer.Append(") "u8);
    }

    private static void WriteTime(ref LineWriter writer, ulong time, bool isNanoseconds)
    {
        ulong seconds = isNanoseconds ? time / NanosecondsPerSecond : time;
        writer.PadBefore(LineWriter.Digits(seconds), isNanoseconds ? SecondsWidth : CounterWidth);
        writer.AppendDecimal(seconds);
        if (isNanoseconds)
        {
            writer.Append('.');
            writer.AppendDecimal(time % NanosecondsPerSecond / 1000, 6);
        }

        writer.Append(": "u8);
    }
}
