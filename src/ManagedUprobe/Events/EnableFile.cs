using System;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Events;

/// <summary>What can be said about enabling an event before any process is looked at.</summary>
internal static class EnableFile
{
    /// <summary>Parses what is written to an enable file: a decimal 0 or 1.</summary>
    /// <exception cref="UprobeException">EINVAL: it is something else.</exception>
    public static bool Parse(ReadOnlySpan<char> text)
    {
        ReadOnlySpan<char> number = text.EndsWith('\n') ? text[..^1] : text;
        return KernelNumber.ParseUnsigned(number, out ulong value, radix: 10) == 0 && value <= 1
            ? value == 1
            : throw new UprobeException(Errno.EINVAL, "An event is enabled with 1 and disabled with 0");
    }

    /// <summary>Whether the file can hold the probe at all (uprobe_register).</summary>
    /// <param name="probe">The probe.</param>
    /// <param name="size">Bytes of its file now.</param>
    /// <exception cref="UprobeException">EINVAL: the offset is behind the end of the file, or the reference counter is not aligned.</exception>
    public static void CheckPlace(TraceUprobe probe, long size)
    {
        // The kernel compares signed: an offset of 2^63 and more passes, and no mapping ever holds it.
        if (unchecked((long)probe.Offset) > size)
        {
            throw new UprobeException(Errno.EINVAL, $"The offset {probe.PlaceText} is behind the end of {KernelText.ToUnicode(probe.Path)}");
        }

        if ((probe.RefCtrOffset & 1) != 0)
        {
            throw new UprobeException(Errno.EINVAL, "The reference counter's offset is odd");
        }
    }
}
