using System;
using System.Text;

namespace ManagedUprobe.Events;

/// <summary>
/// Text of the event language. The kernel knows bytes, so everywhere in this layer a string holds one byte a character (0–255); carets
/// therefore count bytes, as the kernel's do. These are the conversions at the border.
/// </summary>
internal static class KernelText
{
    /// <summary>Bytes to text of this layer.</summary>
    public static string FromBytes(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);

    /// <summary>Text of this layer to the bytes it stands for.</summary>
    public static byte[] ToBytes(string text) => Encoding.Latin1.GetBytes(text);

    /// <summary>A .NET string to text of this layer (its UTF-8 bytes).</summary>
    public static string FromUnicode(string text) => FromBytes(Encoding.UTF8.GetBytes(text));

    /// <summary>Text of this layer to a .NET string; bytes that are not UTF-8 become U+FFFD.</summary>
    public static string ToUnicode(ReadOnlySpan<char> text)
    {
        byte[] bytes = new byte[text.Length];
        return Encoding.UTF8.GetString(bytes, 0, Encoding.Latin1.GetBytes(text, bytes));
    }

    /// <summary>isspace() of the kernel: also 0xa0.</summary>
    public static bool IsSpace(char c) => c is >= '\t' and <= '\r' or ' ' or '\u00a0';

    /// <summary>strstrip() of the kernel: without white space at both ends.</summary>
    public static ReadOnlySpan<char> Strip(ReadOnlySpan<char> text)
    {
        text = StripEnd(text);
        while (!text.IsEmpty && IsSpace(text[0]))
        {
            text = text[1..];
        }

        return text;
    }

    /// <summary>Text without white space at its end.</summary>
    public static ReadOnlySpan<char> StripEnd(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty && IsSpace(text[^1]))
        {
            text = text[..^1];
        }

        return text;
    }

    /// <summary>isdigit() of the kernel.</summary>
    public static bool IsDigit(char c) => c is >= '0' and <= '9';

    /// <summary>isalpha() of the kernel, which classifies Latin-1.</summary>
    public static bool IsAlpha(char c) =>
        c is >= 'a' and <= 'z' or >= 'A' and <= 'Z' || (c is >= '\u00c0' and <= '\u00ff' && c is not ('\u00d7' or '\u00f7'));

    /// <summary>Whether <paramref name="name"/> follows the rules of C identifiers, as the kernel sees letters.</summary>
    public static bool IsGoodName(ReadOnlySpan<char> name) => IsName(name, hyphens: false);

    /// <summary>As <see cref="IsGoodName"/>, hyphens allowed everywhere: the rule for groups.</summary>
    public static bool IsGoodGroupName(ReadOnlySpan<char> name) => IsName(name, hyphens: true);

    private static bool IsName(ReadOnlySpan<char> name, bool hyphens)
    {
        for (int i = 0; i < name.Length; i++)
        {
            char c = name[i];
            bool good = IsAlpha(c) || c == '_' || (hyphens && c == '-') || (i > 0 && IsDigit(c));
            if (!good)
            {
                return false;
            }
        }

        return name.Length > 0;
    }
}
