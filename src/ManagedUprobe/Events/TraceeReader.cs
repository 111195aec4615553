using System;
using System.Buffers.Binary;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Events;

/// <summary>Reads a tracee's memory for one hit: a system call a block, not one a value.</summary>
/// <remarks>
/// Blocks are aligned and smaller than a page, so no page is touched that the arguments do not touch. What was read once in a hit is
/// not read again: all arguments see one moment.
/// </remarks>
internal ref struct TraceeReader
{
    /// <summary>Bytes of the block that is kept.</summary>
    public const int WindowSize = 512;

    private readonly ITraceeMemory _memory;
    private readonly Span<byte> _window;
    private ulong _start;
    private int _length;

    /// <summary>Creates a reader over a buffer of <see cref="WindowSize"/> bytes.</summary>
    public TraceeReader(ITraceeMemory memory, Span<byte> window)
    {
        _memory = memory;
        _window = window;
        _length = 0;
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

    /// <summary>What can be read from <paramref name="vaddr"/> to the end of its block.</summary>
    private ReadOnlySpan<byte> Block(ulong vaddr)
    {
        // The upper half is the kernel's; /proc/PID/mem would show the vsyscall page there.
        if (vaddr > long.MaxValue)
        {
            return default;
        }

        if (!Holds(vaddr))
        {
            Fill(vaddr);
        }

        return Holds(vaddr) ? _window[(int)(vaddr - _start).._length] : default;
    }

    private readonly bool Holds(ulong vaddr) => unchecked(vaddr - _start) < (ulong)_length;

    private void Fill(ulong vaddr)
    {
        _start = vaddr & ~(ulong)(WindowSize - 1);
        _length = _memory.ReadUpTo(_start, _window);
        if (!Holds(vaddr))
        {
            int before = (int)(vaddr - _start);
            _start = vaddr;
            _length = _memory.ReadUpTo(vaddr, _window[before..]);
        }
    }
}
