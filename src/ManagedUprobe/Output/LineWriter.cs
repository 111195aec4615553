using System;
using System.Numerics;

namespace ManagedUprobe.Output;

/// <summary>Appends bytes to a buffer that is known to be large enough.</summary>
/// <param name="buffer">Where to.</param>
internal ref struct LineWriter(Span<byte> buffer)
{
    private readonly Span<byte> _buffer = buffer;

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>Appends one byte.</summary>
    public void Append(char ascii) => _buffer[Length++] = (byte)ascii;

    /// <summary>Appends one byte.</summary>
    public void Append(byte value) => _buffer[Length++] = value;

    /// <summary>Appends bytes as they are.</summary>
    public void Append(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_buffer[Length..]);
        Length += bytes.Length;
    }

    /// <summary>Appends text of one byte a character.</summary>
    public void Append(string text)
    {
        foreach (char c in text)
        {
            _buffer[Length++] = unchecked((byte)c);
        }
    }

    /// <summary>Appends a decimal number.</summary>
    public void AppendDecimal(ulong value) => WriteDecimal(value, Digits(value));

    /// <summary>Appends a decimal number with its sign.</summary>
    public void AppendDecimal(long value)
    {
        if (value < 0)
        {
            Append('-');
        }

        AppendDecimal(value < 0 ? unchecked(0UL - (ulong)value) : (ulong)value);
    }

    /// <summary>Appends a decimal number with leading zeros, if it has fewer than so many digits.</summary>
    public void AppendDecimal(ulong value, byte digits) => WriteDecimal(value, Math.Max(digits, Digits(value)));

    /// <summary>Appends 0x and lower-case hexadecimal digits without padding.</summary>
    public void AppendHex(ulong value)
    {
        Append("0x"u8);
        AppendHex(value, 1);
    }

    /// <summary>Appends lower-case hexadecimal digits, at least so many.</summary>
    public void AppendHex(ulong value, byte digits)
    {
        Span<byte> room = _buffer.Slice(Length, Math.Max(digits, (BitOperations.Log2(value | 1) / 4) + 1));
        Length += room.Length;
        for (int i = room.Length - 1; i >= 0; i--)
        {
            room[i] = "0123456789abcdef"u8[(int)(value & 0xf)];
            value >>= 4;
        }
    }

    /// <summary>Decimal digits of a number.</summary>
    public static int Digits(ulong value)
    {
        int digits = 1;
        for (; value >= 10; value /= 10)
        {
            digits++;
        }

        return digits;
    }

    /// <summary>Appends blanks until <paramref name="width"/> bytes stand behind <paramref name="start"/>.</summary>
    public void PadFrom(int start, int width)
    {
        while (Length - start < width)
        {
            Append(' ');
        }
    }

    /// <summary>Appends as many blanks as a text of <paramref name="length"/> bytes needs before it to fill <paramref name="width"/>.</summary>
    public void PadBefore(int length, int width)
    {
        for (int i = length; i < width; i++)
        {
            Append(' ');
        }
    }

    // By hand: the runtime's formatter costs more than the rest of a line.
    private void WriteDecimal(ulong value, int digits)
    {
        Span<byte> room = _buffer.Slice(Length, digits);
        Length += digits;
        for (int i = digits - 1; i >= 0; i--)
        {
            ulong rest = value / 10;
            room[i] = (byte)('0' + (value - (rest * 10)));
            value = rest;
        }
    }
}
