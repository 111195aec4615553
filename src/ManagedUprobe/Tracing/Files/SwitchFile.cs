using System;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Tracing.Files;

/// <summary>A file that shows 0 or 1 and takes a number: tracing_on (any number but 0 is on) and the options (0 and 1 alone).</summary>
/// <param name="name">Its name.</param>
/// <param name="get">What it shows.</param>
/// <param name="set">What writing to it does.</param>
/// <param name="strict">Whether it takes 0 and 1 alone.</param>
internal sealed class SwitchFile(string name, Func<bool> get, Action<bool> set, bool strict) : TraceFile(name, ReadWrite)
{
    /// <inheritdoc/>
    public override string Read() => get() ? "1\n" : "0\n";

    /// <inheritdoc/>
    public override int Write(ReadOnlySpan<byte> data)
    {
        ulong value = KernelWrite.Number(data);
        if (strict && value > 1)
        {
            throw new UprobeException(Errno.EINVAL, "0 or 1 is expected");
        }

        set(value != 0);
        return data.Length;
    }
}
