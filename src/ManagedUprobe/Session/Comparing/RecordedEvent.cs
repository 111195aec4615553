using System;
using System.Collections.Generic;
using System.Text;

namespace ManagedUprobe.Session.Comparing;

/// <summary>One event as it is printed: one byte a character.</summary>
/// <param name="Event">Its name.</param>
/// <param name="Text">What follows the name.</param>
internal sealed record RecordedEvent(string Event, string Text)
{
    /// <summary>"[000] " and the five flags with their blank.</summary>
    private const int CpuLength = 6;
    private const int FlagsLength = 6;
    private const int FractionLength = 6;

    /// <summary>0x5… or 0x7… and eleven digits: code of a PIE, a library, a stack.</summary>
    private const int AddressLength = 14;

    /// <summary>The events of a trace; values may hold newlines.</summary>
    public static List<RecordedEvent> Parse(string trace)
    {
        var events = new List<RecordedEvent>();
        foreach (string line in trace.TrimEnd('\n').Split('\n'))
        {
            int name = FindName(line);
            int end = name < 0 ? -1 : line.IndexOf(": ", name, StringComparison.Ordinal);
            if (end > 0)
            {
                events.Add(new RecordedEvent(line[name..end], line[(end + 2)..]));
            }
            else if (events.Count > 0)
            {
                events[^1] = events[^1] with { Text = events[^1].Text + "\n" + line };
            }
        }

        return events;
    }

    /// <summary>The text without addresses of code, stacks and mappings.</summary>
    public string WithoutAddresses
    {
        get
        {
            var text = new StringBuilder();
            int done = 0;
            for (int at = Text.IndexOf("0x", StringComparison.Ordinal); at >= 0; at = Text.IndexOf("0x", at + 2, StringComparison.Ordinal))
            {
                if (IsAddress(Text.AsSpan(at)))
                {
                    _ = text.Append(Text, done, at - done).Append("ADDRESS");
                    done = at + AddressLength;
                }
            }

            return text.Append(Text, done, Text.Length - done).ToString();
        }
    }

    // COMM-TID [CPU] FLAGS SECONDS.FRACTION: NAME; a comm may hold anything, so what fits first is taken.
    private static int FindName(string line)
    {
        for (int at = line.IndexOf('[', StringComparison.Ordinal); at >= 0; at = line.IndexOf('[', at + 1))
        {
            int name = SkipTime(line, at + CpuLength + FlagsLength);
            if (name >= 0 && line[at + 4] == ']')
            {
                return name;
            }
        }

        return -1;
    }

    private static int SkipTime(string line, int at)
    {
        if (at >= line.Length)
        {
            return -1;
        }

        int point = line.IndexOf('.', at);
        int name = point + 1 + FractionLength + 2;
        bool fits = point > 0
            && name <= line.Length
            && line.AsSpan(at..point).Trim(' ') is { IsEmpty: false } seconds
            && !seconds.ContainsAnyExceptInRange('0', '9')
            && !line.AsSpan(point + 1, FractionLength).ContainsAnyExceptInRange('0', '9')
            && line.AsSpan(point + 1 + FractionLength, 2) is ": ";
        return fits ? name : -1;
    }

    private static bool IsAddress(ReadOnlySpan<char> text) =>
        text.Length >= AddressLength
        && text[2] is '5' or '7'
        && IsHex(text[2..AddressLength])
        && (text.Length == AddressLength || !char.IsAsciiHexDigitLower(text[AddressLength]));

    private static bool IsHex(ReadOnlySpan<char> text)
    {
        foreach (char c in text)
        {
            if (!char.IsAsciiHexDigitLower(c))
            {
                return false;
            }
        }

        return true;
    }
}
