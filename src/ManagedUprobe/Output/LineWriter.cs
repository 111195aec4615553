using System;
using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics;

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
    public void AppendDecimal(ulong value) => Grow(Utf8Formatter.TryFormat(value, _buffer[Length..], out int written), written);

    /// <summary>Appends a decimal number with its sign.</summary>
    public void AppendDecimal(long value) => Grow(Utf8Formatter.TryFormat(value, _buffer[Length..], out int written), written);

    /// <summary>Appends a decimal number with leading zeros.</summary>
    public void AppendDecimal(ulong value, byte digits) =>
        Grow(Utf8Formatter.TryFormat(value, _buffer[Length..], out int written, new StandardFormat('D', digits)), written);

    /// <summary>Appends 0x and lower-case hexadecimal digits without padding.</summary>
    public void AppendHex(ulong value)
    {
        Append("0x"u8);
        Grow(Utf8Formatter.TryFormat(value, _buffer[Length..], out int written, new StandardFormat('x')), written);
    }

    /// <summary>Appends lower-case hexadecimal digits, at least so many.</summary>
    public void AppendHex(ulong value, byte digits) =>
        Grow(Utf8Formatter.TryFormat(value, _buffer[Length..], out int written, new StandardFormat('x', digits)), written);

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

    private void Grow(bool fits, int written)
    {
        Debug.Assert(fits, "The buffer is too small for a line.");
        Length += written;
    }
}
