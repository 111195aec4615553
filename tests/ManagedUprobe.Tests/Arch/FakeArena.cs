using System;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Tests.Arch;

/// <summary>Memory that consists of one range.</summary>
internal sealed class FakeArena(ulong startVaddr, byte[] bytes) : ITraceeMemory
{
    public byte[] Bytes => bytes;

    public bool TryRead(ulong vaddr, Span<byte> buffer) => ReadUpTo(vaddr, buffer) == buffer.Length;

    public int ReadUpTo(ulong vaddr, Span<byte> buffer)
    {
        ulong offset = unchecked(vaddr - startVaddr);
        if (offset >= (ulong)bytes.Length)
        {
            return 0;
        }

        int length = Math.Min(buffer.Length, bytes.Length - (int)offset);
        bytes.AsSpan((int)offset, length).CopyTo(buffer);
        return length;
    }

    public bool TryWrite(ulong vaddr, ReadOnlySpan<byte> source)
    {
        ulong offset = unchecked(vaddr - startVaddr);
        if (offset > (ulong)bytes.Length || (ulong)source.Length > (ulong)bytes.Length - offset)
        {
            return false;
        }

        source.CopyTo(bytes.AsSpan((int)offset));
        return true;
    }
}
