using System;

namespace ManagedUprobe.Elf;

/// <summary>Small reads at rising offsets through one buffer, for structures whose size the file does not tell.</summary>
internal sealed class ElfWindow(ElfReader reader)
{
    private readonly byte[] _buffer = new byte[4096];
    private ulong _start;
    private int _length;

    /// <summary>The bytes at <paramref name="offset"/>, valid until the next call; false when the file ends before.</summary>
    public bool TryGet(ulong offset, int count, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        if (!reader.Contains(offset, (ulong)count))
        {
            return false;
        }

        if (offset < _start || offset - _start > (ulong)_length || _length - (int)(offset - _start) < count)
        {
            _start = offset;
            _length = reader.ReadUpTo(offset, _buffer);
        }

        int at = (int)(offset - _start);
        if (_length - at < count)
        {
            return false;
        }

        bytes = _buffer.AsSpan(at, count);
        return true;
    }
}
