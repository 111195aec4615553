using System;
using Mono.Unix.Native;

namespace ManagedUprobe.Events;

/// <summary>Numbers as the kernel reads them (kstrtoull, kstrtoll, simple_strtoul).</summary>
internal static class KernelNumber
{
    /// <summary>An unsigned number that is all of <paramref name="text"/>; one leading plus is allowed.</summary>
    /// <param name="text">The number.</param>
    /// <param name="value">The number, 0 on error.</param>
    /// <param name="radix">10, or 0 for the prefixes of C (0x, 0).</param>
    /// <returns>0, EINVAL (syntax) or ERANGE (more than 64 bits).</returns>
    public static Errno ParseUnsigned(ReadOnlySpan<char> text, out ulong value, int radix = 0) =>
        ParseDigits(text.StartsWith('+') ? text[1..] : text, radix, out value);

    /// <summary>A signed number that is all of <paramref name="text"/>; one leading plus or minus is allowed.</summary>
    /// <returns>0, EINVAL (syntax) or ERANGE (outside the signed 64 bits).</returns>
    public static Errno ParseSigned(ReadOnlySpan<char> text, out long value)
    {
        bool negative = text.StartsWith('-');
        Errno errno = negative ? ParseDigits(text[1..], 0, out ulong magnitude) : ParseUnsigned(text, out magnitude);
        ulong limit = negative ? 1UL << 63 : long.MaxValue;
        if (errno == 0 && magnitude > limit)
        {
            errno = Errno.ERANGE;
        }

        value = errno == 0 ? unchecked((long)(negative ? 0 - magnitude : magnitude)) : 0;
        return errno;
    }

    /// <summary>The number that <paramref name="text"/> starts with, prefixes of C included; of one that is too big the low 64 bits.</summary>
    /// <returns>Characters used; 0 when there is no number.</returns>
    public static int ParsePrefix(ReadOnlySpan<char> text, out ulong value)
    {
        int skip = Radix(text, 0, out int radix);
        int digits = Accumulate(text[skip..], radix, out value, out _);
        return digits == 0 ? 0 : skip + digits;
    }

    private static Errno ParseDigits(ReadOnlySpan<char> text, int radix, out ulong value)
    {
        int skip = Radix(text, radix, out radix);
        int digits = Accumulate(text[skip..], radix, out value, out bool overflow);
        // The order matters: a number too big wins over what follows it.
        Errno errno = overflow ? Errno.ERANGE : digits == 0 || skip + digits != text.Length ? Errno.EINVAL : 0;
        if (errno != 0)
        {
            value = 0;
        }

        return errno;
    }

    private static int Radix(ReadOnlySpan<char> text, int wanted, out int radix)
    {
        bool hex = wanted == 0 && text.Length > 2 && text[0] == '0' && text[1] is 'x' or 'X' && Digit(text[2]) < 16;
        radix = wanted != 0 ? wanted : hex ? 16 : text.StartsWith('0') ? 8 : 10;
        return hex ? 2 : 0;
    }

    private static int Accumulate(ReadOnlySpan<char> text, int radix, out ulong value, out bool overflow)
    {
        UInt128 sum = 0;
        overflow = false;
        int used = 0;
        while (used < text.Length && Digit(text[used]) < radix)
        {
            sum = (sum * (uint)radix) + (uint)Digit(text[used]);
            overflow |= sum > ulong.MaxValue;
            sum &= ulong.MaxValue;
            used++;
        }

        value = (ulong)sum;
        return used;
    }

    private static int Digit(char c) => c switch
    {
        >= '0' and <= '9' => c - '0',
        >= 'a' and <= 'f' => c - 'a' + 10,
        >= 'A' and <= 'F' => c - 'A' + 10,
        _ => int.MaxValue,
    };
}
