using System;
using System.Buffers;
using System.Text;

namespace ManagedUprobe.Output;

/// <summary>JSON strings of bytes that a tracee chose.</summary>
internal static class JsonText
{
    private static readonly SearchValues<byte> s_plain = SearchValues.Create(PlainBytes());

    /// <summary>Writes a quoted string; what is not UTF-8 becomes \xNN in its text.</summary>
    public static void WriteBytes(ref LineWriter writer, scoped ReadOnlySpan<byte> text)
    {
        writer.Append('"');
        while (!text.IsEmpty)
        {
            int plain = text.IndexOfAnyExcept(s_plain);
            plain = plain < 0 ? text.Length : plain;
            writer.Append(text[..plain]);
            text = text[plain..];
            if (!text.IsEmpty)
            {
                text = text[WriteSpecial(ref writer, text)..];
            }
        }

        writer.Append('"');
    }

    /// <summary>Writes a quoted name of the event language (one byte a character).</summary>
    public static void WriteName(ref LineWriter writer, string name)
    {
        Span<byte> bytes = stackalloc byte[64];
        int length = Encoding.Latin1.GetBytes(name, bytes);
        WriteBytes(ref writer, bytes[..length]);
    }

    /// <summary>Writes the first character of <paramref name="text"/>, which cannot stand for itself as a byte.</summary>
    /// <returns>Bytes of it.</returns>
    private static int WriteSpecial(ref LineWriter writer, scoped ReadOnlySpan<byte> text)
    {
        byte first = text[0];
        if (first >= 0x80)
        {
            return WriteRune(ref writer, text);
        }

        writer.Append('\\');
        if (first < 0x20)
        {
            writer.Append("u00"u8);
            WriteHexByte(ref writer, first);
        }
        else
        {
            writer.Append(first);
        }

        return 1;
    }

    private static int WriteRune(ref LineWriter writer, scoped ReadOnlySpan<byte> text)
    {
        if (Rune.DecodeFromUtf8(text, out _, out int length) == OperationStatus.Done)
        {
            writer.Append(text[..length]);
            return length;
        }

        writer.Append("\\\\x"u8);
        WriteHexByte(ref writer, text[0]);
        return 1;
    }

    private static void WriteHexByte(ref LineWriter writer, byte value)
    {
        ReadOnlySpan<byte> digits = "0123456789abcdef"u8;
        writer.Append(digits[value >> 4]);
        writer.Append(digits[value & 15]);
    }

    private static byte[] PlainBytes()
    {
        byte[] plain = new byte[0x80 - 0x20 - 2];
        int count = 0;
        for (byte b = 0x20; b < 0x80; b++)
        {
            if (b is not ((byte)'"' or (byte)'\\'))
            {
                plain[count++] = b;
            }
        }

        return plain;
    }
}
