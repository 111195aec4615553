using System;
using System.Globalization;
using ManagedUprobe.Primitives;
using ManagedUprobe.Tracing.Buffers;
using Mono.Unix.Native;

namespace ManagedUprobe.Tracing.Files;

/// <summary>saved_cmdlines_size: names of threads that are remembered.</summary>
internal sealed class SavedCmdlinesSizeFile(SavedCmdlines names) : TraceFile("saved_cmdlines_size", ReadWrite)
{
    /// <inheritdoc/>
    public override string Read() => string.Create(CultureInfo.InvariantCulture, $"{names.Capacity}\n");

    /// <inheritdoc/>
    public override int Write(ReadOnlySpan<byte> data)
    {
        ulong count = KernelWrite.Number(data);
        if (!SavedCmdlines.IsGoodCount(count))
        {
            throw new UprobeException(Errno.EINVAL, "So many names cannot be remembered");
        }

        names.Resize((int)count);
        return data.Length;
    }
}
