using System;
using System.Collections.Generic;

namespace ManagedUprobe.Command.Startup;

/// <summary>The form of /proc/PID/cmdline and environ: strings, each followed by a NUL.</summary>
internal static class NulTerminated
{
    public static byte[][] Split(ReadOnlySpan<byte> strings)
    {
        var parts = new List<byte[]>();
        while (!strings.IsEmpty)
        {
            int end = strings.IndexOf((byte)0);
            int length = end < 0 ? strings.Length : end;
            parts.Add(strings[..length].ToArray());
            strings = strings[Math.Min(length + 1, strings.Length)..];
        }

        return [.. parts];
    }
}
