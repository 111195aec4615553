using System;
using System.Buffers.Binary;
using System.Linq;
using ManagedUprobe.Events;

namespace ManagedUprobe.Tracing.Buffers;

/// <summary>Pages in the order in which they were written, and one that is being consumed. Not safe for several threads.</summary>
/// <remarks>Its memory, some 14 KB a page, is taken when the first page is.</remarks>
internal sealed class PageRing
{
    /// <summary>Before each record: its length, and the length that the kernel's ring would need for it.</summary>
    private const int Prefix = 8;

    private byte[]? _store;
    private BufferPage[] _queue;
    private BufferPage[] _free;
    private int _freeCount;
    private int _head;

    /// <summary>Creates a ring without pages in use.</summary>
    /// <param name="capacity">How many pages may be in use, the one that is being consumed apart.</param>
    public PageRing(int capacity)
    {
        _queue = new BufferPage[capacity];
        _free = new BufferPage[capacity + 1];
    }

    /// <summary>How many pages may be in use, the one that is being consumed apart.</summary>
    public int Capacity => _queue.Length;

    /// <summary>Pages in use, the one that is being consumed apart.</summary>
    public int Count { get; private set; }

    /// <summary>Whether the oldest page has to be dropped before another can be used.</summary>
    public bool IsFull => Count == Capacity;

    /// <summary>The page that is being consumed; it may still be the one that is written.</summary>
    public BufferPage? Reader { get; private set; }

    /// <summary>The page that is written.</summary>
    public BufferPage? Tail => Count > 0 ? _queue[Index(Count - 1)] : Reader;

    /// <summary>The page that is overwritten next.</summary>
    public BufferPage? Oldest => Count > 0 ? _queue[_head] : Reader;

    /// <summary>Bytes of a record and what stands before it.</summary>
    public static int Slot(int length) => Prefix + ((length + 7) & ~7);

    /// <summary>Begins another page.</summary>
    public BufferPage AddTail()
    {
        if (_store == null)
        {
            Allocate();
        }

        BufferPage page = _free[--_freeCount];
        _queue[Index(Count++)] = page;
        return page;
    }

    /// <summary>Takes the oldest page out, to be cleared by the caller.</summary>
    public BufferPage DropHead()
    {
        BufferPage page = Dequeue();
        _free[_freeCount++] = page;
        return page;
    }

    /// <summary>Makes the oldest page the one that is consumed, if there is any.</summary>
    public void TakeNextReader()
    {
        if (Count == 0)
        {
            return;
        }

        if (Reader != null)
        {
            Reader.Clear();
            _free[_freeCount++] = Reader;
        }

        Reader = Dequeue();
    }

    /// <summary>Appends a record to a page that has room for it.</summary>
    /// <param name="page">The page.</param>
    /// <param name="record">The record.</param>
    /// <param name="kernelLength">The length that the kernel's ring would need for it.</param>
    public void Append(BufferPage page, ReadOnlySpan<byte> record, int kernelLength)
    {
        Span<byte> at = _store.AsSpan(page.Start + page.Used);
        BinaryPrimitives.WriteInt32LittleEndian(at, record.Length);
        BinaryPrimitives.WriteInt32LittleEndian(at[sizeof(int)..], kernelLength);
        record.CopyTo(at[Prefix..]);
        page.Used += Slot(record.Length);
        page.Committed += kernelLength;
        page.Entries++;
    }

    /// <summary>The next record to consume of a page.</summary>
    public ReadOnlySpan<byte> RecordAt(BufferPage page, out int kernelLength)
    {
        ReadOnlySpan<byte> at = _store.AsSpan(page.Start + page.Read);
        kernelLength = BinaryPrimitives.ReadInt32LittleEndian(at[sizeof(int)..]);
        return at.Slice(Prefix, BinaryPrimitives.ReadInt32LittleEndian(at));
    }

    /// <summary>Copies all that was not consumed, oldest first: records, each behind its length, in slots.</summary>
    public byte[] CopyUnread()
    {
        int size = 0;
        for (int i = -1; i < Count; i++)
        {
            size += PageAt(i) is { } page ? page.Used - page.Read : 0;
        }

        byte[] copy = new byte[size];
        int at = 0;
        for (int i = -1; i < Count; i++)
        {
            if (PageAt(i) is { } page)
            {
                _store.AsSpan(page.Start + page.Read, page.Used - page.Read).CopyTo(copy.AsSpan(at));
                at += page.Used - page.Read;
            }
        }

        return copy;
    }

    /// <summary>The first record of a copy, and the rest of the copy.</summary>
    public static TraceRecord Next(ref ReadOnlySpan<byte> copy)
    {
        int length = BinaryPrimitives.ReadInt32LittleEndian(copy);
        var record = new TraceRecord(copy.Slice(Prefix, length));
        copy = copy[Slot(length)..];
        return record;
    }

    /// <summary>Puts all pages out of use.</summary>
    public void Clear()
    {
        if (Reader != null)
        {
            Reader.Clear();
            _free[_freeCount++] = Reader;
            Reader = null;
        }

        while (Count > 0)
        {
            DropHead().Clear();
        }
    }

    /// <summary>Changes the capacity, which must not become less than what is in use.</summary>
    public void Resize(int capacity)
    {
        byte[]? store = _store;
        BufferPage? reader = Reader;
        BufferPage[] pages = [.. Enumerable.Range(0, Count).Select(i => _queue[Index(i)])];
        _queue = new BufferPage[capacity];
        _free = new BufferPage[capacity + 1];
        (_store, _freeCount, _head, Count, Reader) = (null, 0, 0, 0, null);
        if (store == null)
        {
            return;
        }

        Allocate();
        Reader = reader == null ? null : Move(reader, store);
        foreach (BufferPage page in pages)
        {
            _queue[Count++] = Move(page, store);
        }
    }

    private BufferPage Move(BufferPage page, byte[] from)
    {
        BufferPage to = _free[--_freeCount];
        (to.Used, to.Committed, to.Padding) = (page.Used, page.Committed, page.Padding);
        (to.Entries, to.FirstTime, to.Read) = (page.Entries, page.FirstTime, page.Read);
        from.AsSpan(page.Start, page.Used).CopyTo(_store.AsSpan(to.Start));
        return to;
    }

    private void Allocate()
    {
        _store = GC.AllocateUninitializedArray<byte>(_free.Length * BufferPage.Room, pinned: true);
        for (int i = 0; i < _free.Length; i++)
        {
            _free[i] = new BufferPage((_free.Length - 1 - i) * BufferPage.Room);
        }

        _freeCount = _free.Length;
    }

    private BufferPage? PageAt(int index) => index < 0 ? Reader : _queue[Index(index)];

    private BufferPage Dequeue()
    {
        BufferPage page = _queue[_head];
        _head = (_head + 1) % Capacity;
        Count--;
        return page;
    }

    private int Index(int position) => (_head + position) % Capacity;
}
