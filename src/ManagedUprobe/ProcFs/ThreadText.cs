using System;
using System.Buffers.Text;

namespace ManagedUprobe.ProcFs;

/// <summary>Single facts out of the small files of /proc/PID/task/TID, without allocation.</summary>
internal static class ThreadText
{
    /// <summary>Third field of <c>schedstat</c>: how often the thread has been put on a CPU.</summary>
    public static bool TryParseTimeslices(ReadOnlySpan<byte> text, out long timeslices)
    {
        timeslices = 0;
        int last = text.LastIndexOf((byte)' ');
        return last >= 0 && Utf8Parser.TryParse(text[(last + 1)..], out timeslices, out _);
    }

    /// <summary><c>se.exec_start</c> of <c>sched</c>: clock of the CPU's run queue when the thread last ran, in ns.</summary>
    public static bool TryParseExecStart(ReadOnlySpan<byte> text, out long clockNs)
    {
        const long NsPerMillisecond = 1_000_000;
        clockNs = 0;
        if (!TryFindValue(text, "se.exec_start"u8, out ReadOnlySpan<byte> value)
            || !Utf8Parser.TryParse(value, out long milliseconds, out int length)
            || length + 1 >= value.Length
            || !Utf8Parser.TryParse(value[(length + 1)..], out long nanoseconds, out _))
        {
            return false;
        }

        clockNs = (milliseconds * NsPerMillisecond) + nanoseconds;
        return true;
    }

    /// <summary>Field 3 of <c>stat</c>: whether the thread sleeps, and a signal would wake it.</summary>
    public static bool IsAsleep(ReadOnlySpan<byte> text) => text[(text.LastIndexOf((byte)')') + 1)..].StartsWith(" S"u8);

    /// <summary>Field 39 of <c>stat</c>: the CPU on which the thread last ran.</summary>
    public static bool TryParseCpu(ReadOnlySpan<byte> text, out int cpu)
    {
        const int FieldsBehindName = 37; // Fields 3 to 38 come first; the name may hold blanks and parentheses.
        cpu = -1;
        ReadOnlySpan<byte> rest = text[(text.LastIndexOf((byte)')') + 1)..];
        for (int i = 0; i < FieldsBehindName; i++)
        {
            int blank = rest.IndexOf((byte)' ');
            if (blank < 0)
            {
                return false;
            }

            rest = rest[(blank + 1)..];
        }

        return Utf8Parser.TryParse(rest, out cpu, out _);
    }

    /// <summary>The number behind <paramref name="key"/> and a colon, in <c>status</c>.</summary>
    public static bool TryParseNumber(ReadOnlySpan<byte> text, ReadOnlySpan<byte> key, out long value)
    {
        value = 0;
        return TryFindValue(text, key, out ReadOnlySpan<byte> found) && Utf8Parser.TryParse(found, out value, out _);
    }

    /// <summary>The signal set (hexadecimal, bit N−1 for signal N) behind <paramref name="key"/>, in <c>status</c>.</summary>
    public static bool TryParseSignals(ReadOnlySpan<byte> text, ReadOnlySpan<byte> key, out ulong set)
    {
        set = 0;
        return TryFindValue(text, key, out ReadOnlySpan<byte> found) && Utf8Parser.TryParse(found, out set, out _, 'x');
    }

    private static bool TryFindValue(ReadOnlySpan<byte> text, ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        value = default;
        while (!text.IsEmpty)
        {
            int end = text.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? text : text[..end];
            int colon = line.IndexOf((byte)':');
            if (colon >= 0 && line[..colon].TrimEnd((byte)' ').SequenceEqual(key))
            {
                value = line[(colon + 1)..].Trim(" \t"u8);
                return true;
            }

            text = end < 0 ? default : text[(end + 1)..];
        }

        return false;
    }
}
