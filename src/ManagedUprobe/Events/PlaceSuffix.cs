using System;
using Mono.Unix.Native;

namespace ManagedUprobe.Events;

/// <summary>What follows the last colon of a place: OFFSET[%return][(REFCTR)].</summary>
/// <param name="Offset">The text of the offset (or symbol).</param>
/// <param name="IsReturn">Whether %return was there.</param>
/// <param name="RefCtrOffset">The number in the brace.</param>
internal readonly record struct PlaceSuffix(string Offset, bool IsReturn, ulong RefCtrOffset)
{
    /// <summary>Parses a token from <paramref name="start"/> on; the brace is looked at first, as in the kernel.</summary>
    public static PlaceSuffix Parse(TraceProbeLog log, int token, int start)
    {
        string text = log.Tokens[token];
        string offset = text[start..];
        ulong refCtrOffset = 0;
        int brace = text.IndexOf('(', start);
        if (brace >= 0)
        {
            refCtrOffset = ParseRefCtr(log, token, brace);
            offset = text[start..brace];
        }

        int percent = offset.IndexOf('%', StringComparison.Ordinal);
        if (percent < 0)
        {
            return new PlaceSuffix(offset, false, refCtrOffset);
        }

        return offset[percent..] == "%return"
            ? new PlaceSuffix(offset[..percent], true, refCtrOffset)
            : throw log.Invalid("Invalid probed address suffix", token, start + percent);
    }

    private static ulong ParseRefCtr(TraceProbeLog log, int token, int brace)
    {
        string text = log.Tokens[token];
        int close = text.IndexOf(')', brace);
        if (close < 0)
        {
            throw log.Invalid("Reference counter brace is not closed", token, text.Length);
        }

        if (close != text.Length - 1)
        {
            throw log.Invalid("Reference counter has wrong suffix", token, close + 1);
        }

        Errno errno = KernelNumber.ParseUnsigned(text.AsSpan(brace + 1, close - brace - 1), out ulong offset);
        return errno == 0 ? offset : throw log.Error(errno, "Invalid reference counter offset", token, brace + 1);
    }
}
