using System;
using System.Collections.Generic;
using System.Text;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Tests.Support;

/// <summary>Memory of pages that a test maps; everything else cannot be read.</summary>
internal sealed class FakeMemory : ITraceeMemory
{
    private const ulong PageSize = 4096;

    private readonly Dictionary<ulong, byte[]> _pages = [];

    /// <summary>Reads so far: the system calls that a real memory would cost.</summary>
    public int Reads { get; private set; }

    public void Map(ulong vaddr, ReadOnlySpan<byte> bytes)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            ulong at = vaddr + (ulong)i;
            if (!_pages.TryGetValue(at / PageSize, out byte[]? page))
            {
                _pages[at / PageSize] = page = new byte[PageSize];
            }

            page[at % PageSize] = bytes[i];
        }
    }

    public void Map(ulong vaddr, string text) => Map(vaddr, Encoding.Latin1.GetBytes(text + "\0"));

    public void Map(ulong vaddr, params ulong[] words)
    {
        for (int i = 0; i < words.Length; i++)
        {
            Map(vaddr + (ulong)(i * 8), BitConverter.GetBytes(words[i]));
        }
    }

    public bool TryRead(ulong vaddr, Span<byte> buffer) => ReadUpTo(vaddr, buffer) == buffer.Length;

    public int ReadUpTo(ulong vaddr, Span<byte> buffer)
    {
        Reads++;
        return Copy(vaddr, buffer);
    }

    public int ReadBlocks(ReadOnlySpan<ulong> starts, Span<byte> blocks)
    {
        Reads++;
        int size = blocks.Length / starts.Length;
        int done = 0;
        while (done < starts.Length && Copy(starts[done], blocks.Slice(done * size, size)) == size)
        {
            done++;
        }

        return done;
    }

    public bool TryWrite(ulong vaddr, ReadOnlySpan<byte> bytes) => throw new NotSupportedException();

    private int Copy(ulong vaddr, Span<byte> buffer)
    {
        int done = 0;
        while (done < buffer.Length)
        {
            ulong at = unchecked(vaddr + (ulong)done);
            if (!_pages.TryGetValue(at / PageSize, out byte[]? page))
            {
                break;
            }

            int count = Math.Min(buffer.Length - done, (int)(PageSize - (at % PageSize)));
            page.AsSpan((int)(at % PageSize), count).CopyTo(buffer[done..]);
            done += count;
        }

        return done;
    }
}
