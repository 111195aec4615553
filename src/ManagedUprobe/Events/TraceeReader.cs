using System;
using System.Buffers.Binary;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Events;

/// <summary>Reads a tracee's memory for one hit: a system call for all that the registers point to, and for the rest one a block, not one a value.</summary>
/// <remarks>
/// Blocks are aligned and smaller than a page, so no page is touched that the arguments do not touch. What was read once in a hit is
/// not read again, as long as there are no more than <see cref="MostBlocks"/> of them: all arguments see one moment.
/// </remarks>
internal ref struct TraceeReader
{
    /// <summary>Bytes of the buffer that it needs.</summary>
    public const int BufferSize = BlockSize * MostBlocks;

    /// <summary>Blocks that are kept.</summary>
    public const int MostBlocks = 8;

    private const int BlockSize = 512;

    private readonly ITraceeMemory _memory;
    private readonly Span<byte> _buffer;
    private readonly Span<ReadBlock> _blocks;
    private int _count;
    private int _oldest;

    /// <summary>Creates a reader.</summary>
    /// <param name="memory">The memory.</param>
    /// <param name="buffer">A buffer of <see cref="BufferSize"/> bytes.</param>
    /// <param name="blocks">Room for <see cref="MostBlocks"/>.</param>
    public TraceeReader(ITraceeMemory memory, Span<byte> buffer, Span<ReadBlock> blocks)
    {
        _memory = memory;
        _buffer = buffer;
        _blocks = blocks;
    }

    /// <summary>Reads the blocks of several addresses at once, as far as they can be read; before anything else is read.</summary>
    public void Prefetch(scoped ReadOnlySpan<ulong> vaddrs)
    {
        Span<ulong> starts = stackalloc ulong[MostBlocks];
        int count = 0;
        foreach (ulong vaddr in vaddrs)
        {
            ulong start = vaddr & ~(ulong)(BlockSize - 1);
            if (count < MostBlocks && IsOfProgram(vaddr) && !starts[..count].Contains(start))
            {
                starts[count++] = start;
            }
        }

        // One block is read when it is asked for.
        _count = count > 1 ? _memory.ReadBlocks(starts[..count], _buffer[..(count * BlockSize)]) : 0;
        for (int i = 0; i < _count; i++)
        {
            _blocks[i] = new ReadBlock(starts[i], BlockSize);
        }
    }

    /// <summary>Reads 8 bytes.</summary>
    public bool TryReadWord(ulong vaddr, out ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        bool read = ReadUpTo(vaddr, bytes) == bytes.Length;
        value = read ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : 0;
        return read;
    }

    /// <summary>Reads up to the first byte that cannot be read; kernel addresses cannot.</summary>
    public int ReadUpTo(ulong vaddr, scoped Span<byte> buffer)
    {
        int done = 0;
        while (done < buffer.Length)
        {
            ReadOnlySpan<byte> block = Block(unchecked(vaddr + (ulong)done));
            if (block.IsEmpty)
            {
                break;
            }

            int count = Math.Min(block.Length, buffer.Length - done);
            block[..count].CopyTo(buffer[done..]);
            done += count;
        }

        return done;
    }

    /// <summary>Reads a string of at most <paramref name="buffer"/>.Length bytes, its NUL included.</summary>
    /// <returns>Length with the NUL; 0 when a byte cannot be read or there is no NUL.</returns>
    public int ReadString(ulong vaddr, scoped Span<byte> buffer)
    {
        int done = 0;
        while (done < buffer.Length)
        {
            ReadOnlySpan<byte> block = Block(unchecked(vaddr + (ulong)done));
            if (block.IsEmpty)
            {
                return 0;
            }

            block = block[..Math.Min(block.Length, buffer.Length - done)];
            int end = block.IndexOf((byte)0);
            int count = end < 0 ? block.Length : end + 1;
            block[..count].CopyTo(buffer[done..]);
            done += count;
            if (end >= 0)
            {
                return done;
            }
        }

        return 0;
    }

    // The upper half is the kernel's; /proc/PID/mem would show the vsyscall page there.
    private static bool IsOfProgram(ulong vaddr) => vaddr <= long.MaxValue;

    /// <summary>What can be read from <paramref name="vaddr"/> to the end of its block.</summary>
    private ReadOnlySpan<byte> Block(ulong vaddr)
    {
        if (!IsOfProgram(vaddr))
        {
            return default;
        }

        for (int i = 0; i < _count; i++)
        {
            if (_blocks[i].Holds(vaddr))
            {
                return From(i, vaddr);
            }
        }

        int slot = Fill(vaddr);
        return _blocks[slot].Holds(vaddr) ? From(slot, vaddr) : default;
    }

    private readonly ReadOnlySpan<byte> From(int slot, ulong vaddr) =>
        _buffer.Slice(slot * BlockSize, BlockSize)[(int)(vaddr - _blocks[slot].Start).._blocks[slot].Length];

    private int Fill(ulong vaddr)
    {
        int slot = _count < MostBlocks ? _count++ : _oldest++ % MostBlocks;
        Span<byte> buffer = _buffer.Slice(slot * BlockSize, BlockSize);
        ulong start = vaddr & ~(ulong)(BlockSize - 1);
        _blocks[slot] = new ReadBlock(start, _memory.ReadUpTo(start, buffer));
        if (!_blocks[slot].Holds(vaddr))
        {
            int before = (int)(vaddr - start);
            _blocks[slot] = new ReadBlock(vaddr, _memory.ReadUpTo(vaddr, buffer[before..]));
        }

        return slot;
    }
}
