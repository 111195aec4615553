using System;
using System.Globalization;
using System.Linq;
using ManagedUprobe.Primitives;
using ManagedUprobe.Tracing.Buffers;
using Mono.Unix.Native;

namespace ManagedUprobe.Tracing.Files;

/// <summary>buffer_size_kb: KiB of data a CPU.</summary>
/// <param name="array">Whose buffer.</param>
/// <param name="cpu">The CPU; -1 for all.</param>
internal sealed class BufferSizeFile(TraceArray array, int cpu) : TraceFile("buffer_size_kb", ReadWrite)
{
    // Some 650 MB of our memory.
    private const ulong MaxKilobytes = 160 * 1024;

    private readonly TraceBuffer _buffer = array.StartBuffer();

    /// <summary>KiB of data in so many pages.</summary>
    public static long Kilobytes(long pages) => pages * BufferPage.KernelSize / 1024;

    /// <inheritdoc/>
    public override string Read()
    {
        var sizes = Enumerable.Range(0, _buffer.Cpus).Where(IsMeant).Select(each => _buffer[each].Pages).Distinct().ToList();
        return sizes.Count > 1 ? "X\n" : string.Create(CultureInfo.InvariantCulture, $"{Kilobytes(sizes[0])}\n");
    }

    /// <inheritdoc/>
    public override int Write(ReadOnlySpan<byte> data)
    {
        ulong size = KernelWrite.Number(data);
        if (size is 0 or > MaxKilobytes)
        {
            throw new UprobeException(size == 0 ? Errno.EINVAL : Errno.ENOMEM, "The buffer cannot have that size");
        }

        foreach (int each in Enumerable.Range(0, _buffer.Cpus).Where(IsMeant))
        {
            _buffer[each].Resize(TraceBuffer.PagesFor(size));
            array.Snapshot?[each].Resize(TraceBuffer.PagesFor(size));
        }

        return data.Length;
    }

    private bool IsMeant(int each) => cpu < 0 || cpu == each;
}
