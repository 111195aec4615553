using System;
using ManagedUprobe.Events;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Tracing;

/// <summary>Numbers and words as they are written to files.</summary>
internal static class KernelWrite
{
    /// <summary>A decimal number that is all of a write, but for a newline.</summary>
    /// <exception cref="UprobeException">EINVAL: it is none; ERANGE: it is too big.</exception>
    public static ulong Number(ReadOnlySpan<byte> data)
    {
        string text = KernelText.FromBytes(data);
        Errno errno = KernelNumber.ParseUnsigned(text.EndsWith('\n') ? text[..^1] : text, out ulong value, radix: 10);
        return errno == 0 ? value : throw new UprobeException(errno, "A decimal number is expected");
    }

    /// <summary>A word without the white space around it.</summary>
    public static string Word(ReadOnlySpan<byte> data)
    {
        string text = KernelText.FromBytes(data);
        int start = 0;
        int end = text.Length;
        while (start < end && KernelText.IsSpace(text[start]))
        {
            start++;
        }

        while (end > start && KernelText.IsSpace(text[end - 1]))
        {
            end--;
        }

        return text[start..end];
    }
}
