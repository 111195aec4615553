using System;

namespace ManagedUprobe.Primitives;

/// <summary>Memory of another address space, by virtual address. Reads see what is there, breakpoints included.</summary>
public interface ITraceeMemory
{
    /// <summary>Reads all of <paramref name="buffer"/>.</summary>
    /// <returns>False when any byte of the range cannot be read; the buffer's contents are then unspecified.</returns>
    bool TryRead(ulong vaddr, Span<byte> buffer);

    /// <summary>Reads from <paramref name="vaddr"/> up to the first byte that cannot be read.</summary>
    /// <returns>Bytes read, 0 when the first one cannot be.</returns>
    int ReadUpTo(ulong vaddr, Span<byte> buffer);

    /// <summary>Reads blocks of one size, each whole, up to the first that cannot be read.</summary>
    /// <param name="starts">Where the blocks begin.</param>
    /// <param name="blocks">Receives them, one behind the other; as long as all together.</param>
    /// <returns>Blocks read.</returns>
    int ReadBlocks(ReadOnlySpan<ulong> starts, Span<byte> blocks)
    {
        int size = blocks.Length / starts.Length;
        int done = 0;
        while (done < starts.Length && TryRead(starts[done], blocks.Slice(done * size, size)))
        {
            done++;
        }

        return done;
    }

    /// <summary>Writes all of <paramref name="bytes"/>, through page protection (a private page is copied first).</summary>
    /// <returns>False when any byte of the range cannot be written; what came before it may have been.</returns>
    bool TryWrite(ulong vaddr, ReadOnlySpan<byte> bytes);
}
