using System;

namespace ManagedUprobe.Events.Filters;

/// <summary>The kernel's globs: <c>*</c>, <c>?</c>, <c>[a-z]</c>, <c>[!a-z]</c>, a backslash before a character that stands for itself.</summary>
internal static class GlobPattern
{
    /// <summary>Whether all of <paramref name="text"/> matches. No allocation; at most the product of both lengths in steps.</summary>
    public static bool IsMatch(ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> text)
    {
        int at = 0;
        int next = 0;
        int retryPattern = -1;
        int retryText = 0;
        while (true)
        {
            if (At(pattern, next) == '*')
            {
                retryPattern = ++next;
                retryText = at;
                if (next == pattern.Length)
                {
                    return true;
                }
            }
            else if (MatchesOne(pattern, ref next, text, at))
            {
                if (at++ == text.Length)
                {
                    return true;
                }
            }
            else if (at >= text.Length || retryPattern < 0)
            {
                return false;
            }
            else
            {
                // The last star takes one character more.
                next = retryPattern;
                at = ++retryText;
            }
        }
    }

    /// <summary>Matches one character (the end counts as NUL) and moves behind what matched it.</summary>
    private static bool MatchesOne(ReadOnlySpan<byte> pattern, ref int next, ReadOnlySpan<byte> text, int at)
    {
        byte c = At(text, at);
        byte wanted = At(pattern, next);
        if (wanted == '?')
        {
            next++;
            return c != 0;
        }

        if (wanted == '[' && TryMatchClass(pattern, next + 1, c, out int behind, out bool isIn))
        {
            next = behind;
            return isIn && c != 0;
        }

        if (wanted == '\\')
        {
            wanted = At(pattern, ++next);
        }

        next++;
        return c == wanted;
    }

    /// <summary>Looks for a character in a class.</summary>
    /// <returns>False when this is no class, for it is not closed: the bracket stands for itself.</returns>
    private static bool TryMatchClass(ReadOnlySpan<byte> pattern, int start, byte c, out int behind, out bool isIn)
    {
        bool inverted = At(pattern, start) == '!';
        int i = inverted ? start + 1 : start;
        bool found = false;

        // A closing bracket that comes first is a member.
        do
        {
            byte low = At(pattern, i++);
            byte high = low;
            if (low != 0 && At(pattern, i) == '-' && At(pattern, i + 1) != ']')
            {
                high = At(pattern, i + 1);
                i += 2;
            }

            if (low == 0 || high == 0)
            {
                (behind, isIn) = (0, false);
                return false;
            }

            found |= low <= c && c <= high;
        }
        while (At(pattern, i) != ']');
        (behind, isIn) = (i + 1, found != inverted);
        return true;
    }

    private static byte At(ReadOnlySpan<byte> bytes, int index) => index < bytes.Length ? bytes[index] : (byte)0;
}
