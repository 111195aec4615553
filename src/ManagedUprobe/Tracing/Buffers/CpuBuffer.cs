using System;
using System.Threading;
using ManagedUprobe.Events;

namespace ManagedUprobe.Tracing.Buffers;

/// <summary>
/// The records of one CPU: a ring of pages of the kernel's size, so that as many records are kept, and as many are lost at a time, as in the kernel's. The
/// page that is being consumed is taken out of the ring, where the writer does not overwrite it.
/// </summary>
/// <remarks>One thread writes, others read and change. Writing allocates nothing once the first record has come.</remarks>
internal sealed class CpuBuffer
{
    private readonly Lock _lock = new();
    private readonly PageRing _ring;
    private long _lastTime;
    private long _entries;
    private long _overrun;
    private long _overrunSeen;
    private long _bytes;
    private long _dropped;
    private long _read;

    /// <summary>Creates an empty buffer.</summary>
    /// <param name="pages">Pages of its ring.</param>
    public CpuBuffer(int pages) => _ring = new PageRing(pages);

    /// <summary>Pages of its ring.</summary>
    public int Pages
    {
        get
        {
            lock (_lock)
            {
                return _ring.Capacity;
            }
        }
    }

    /// <summary>What it holds and has lost.</summary>
    public BufferStats Stats
    {
        get
        {
            lock (_lock)
            {
                return new BufferStats(_entries, _overrun, _bytes, _ring.Oldest?.FirstTime ?? 0, _dropped, _read);
            }
        }
    }

    /// <summary>Appends a record.</summary>
    /// <param name="record">Header and body.</param>
    /// <param name="overwrite">Whether the oldest page gives way when there is no room; else the record is dropped and counted.</param>
    /// <returns>Whether it is in the buffer.</returns>
    public bool Write(TraceRecord record, bool overwrite)
    {
        lock (_lock)
        {
            int length = EventLength.After(record.Header.BodyLength, record.Header.Time - _lastTime);
            BufferPage? page = _ring.Tail;
            if (page == null || page.Entries == 0 || page.Committed + length > BufferPage.KernelSize)
            {
                length = EventLength.First(record.Header.BodyLength);
                page = page is { Entries: 0 } ? page : NextPage(page, overwrite);
                if (page == null)
                {
                    _dropped++;
                    return false;
                }

                page.FirstTime = record.Header.Time;
            }

            _ring.Append(page, record.Bytes, length);
            _bytes += length;
            _entries++;
            _lastTime = record.Header.Time;
            return true;
        }
    }

    /// <summary>The time of the next record to consume.</summary>
    /// <returns>False when there is none.</returns>
    public bool TryPeek(out long time)
    {
        lock (_lock)
        {
            BufferPage? page = ReaderPage();
            time = page == null ? 0 : new TraceRecord(_ring.RecordAt(page, out _)).Header.Time;
            return page != null;
        }
    }

    /// <summary>Consumes the next record.</summary>
    /// <param name="into">Receives it; at least <see cref="TraceRecord.MaxSize"/> bytes.</param>
    /// <param name="lost">Records that were overwritten between the one before and this one.</param>
    /// <returns>Bytes of the record, 0 when there is none.</returns>
    public int Consume(Span<byte> into, out long lost)
    {
        lock (_lock)
        {
            lost = 0;
            BufferPage? page = ReaderPage();
            if (page == null)
            {
                return 0;
            }

            if (page.Read == 0)
            {
                lost = _overrun - _overrunSeen;
                _overrunSeen = _overrun;
            }

            ReadOnlySpan<byte> bytes = _ring.RecordAt(page, out int kernelLength);
            bytes.CopyTo(into);
            page.Read += PageRing.Slot(bytes.Length);
            _bytes -= kernelLength;
            if (page.IsConsumed)
            {
                _bytes -= page.Padding;
                page.Padding = 0;
            }

            _entries--;
            _read++;
            return bytes.Length;
        }
    }

    /// <summary>Copies all records that were not consumed, oldest first, for <see cref="PageRing.Next"/>.</summary>
    public byte[] Snapshot()
    {
        lock (_lock)
        {
            return _ring.CopyUnread();
        }
    }

    /// <summary>Empties it and forgets all counts.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _ring.Clear();
            (_entries, _overrun, _overrunSeen, _bytes, _dropped, _read) = (0, 0, 0, 0, 0, 0);
        }
    }

    /// <summary>Changes the number of pages; the oldest are lost when there are too many.</summary>
    public void Resize(int pages)
    {
        lock (_lock)
        {
            while (_ring.Count > pages)
            {
                LoseOldest();
            }

            _ring.Resize(pages);
        }
    }

    private BufferPage? NextPage(BufferPage? full, bool overwrite)
    {
        _bytes += full?.Close() ?? 0;
        if (_ring.IsFull)
        {
            if (!overwrite)
            {
                return null;
            }

            LoseOldest();
        }

        return _ring.AddTail();
    }

    private void LoseOldest()
    {
        BufferPage oldest = _ring.DropHead();
        _overrun += oldest.Entries;
        _entries -= oldest.Entries;
        _bytes -= oldest.Committed;
        oldest.Clear();
    }

    private BufferPage? ReaderPage()
    {
        if (_ring.Reader is not { IsConsumed: false })
        {
            _ring.TakeNextReader();
        }

        return _ring.Reader is { IsConsumed: false } page ? page : null;
    }
}
