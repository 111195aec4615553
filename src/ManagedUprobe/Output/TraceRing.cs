using System;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;

namespace ManagedUprobe.Output;

/// <summary>Records on their way from one producer thread to one consumer thread.</summary>
/// <remarks>
/// Each record stands in one piece behind its length; where the rest of the buffer is too short for one, a length of zero sends the reader to the
/// start. The positions only grow; no lock is taken and nothing is allocated unless one side has to sleep.
/// </remarks>
internal sealed class TraceRing
{
    /// <summary>Bytes before each record.</summary>
    private const int Prefix = 8;

    private readonly byte[] _buffer;
    private readonly RingFullPolicy _policy;
    private readonly RingGate _consumerGate;
    private readonly RingGate _producerGate;
    private Positions _positions;
    private long _reserved;
    private long _needed;
    private long _wakeAt;
    private long _dropped;
    private volatile bool _producerWaits;
    private volatile bool _completed;
    private volatile bool _closed;

    /// <summary>Creates a ring.</summary>
    /// <param name="capacity">Bytes, a power of two; at least twice the largest record.</param>
    /// <param name="policy">What happens when it is full.</param>
    public TraceRing(int capacity, RingFullPolicy policy)
    {
        if (!BitOperations.IsPow2(capacity))
        {
            throw new ArgumentOutOfRangeException(nameof(capacity), "A ring's capacity is a power of two.");
        }

        _policy = policy;
        // Pinned for its life: a compacting GC has nothing to move.
        _buffer = GC.AllocateUninitializedArray<byte>(capacity, pinned: true);
        _consumerGate = new RingGate(ConsumerIsReady);
        _producerGate = new RingGate(ProducerIsReady);
    }

    /// <summary>Records that were dropped because the ring was full or closed.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>Whether everything was written and read.</summary>
    public bool IsDrained => _completed && Volatile.Read(ref _positions.Tail) == Volatile.Read(ref _positions.Head);

    /// <summary>Producer: room for a record of at most <paramref name="length"/> bytes, in one piece.</summary>
    /// <returns>The room, empty when the record has to be dropped (it is counted).</returns>
    public Span<byte> Reserve(int length)
    {
        int slot = SlotSize(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(slot, _buffer.Length / 2, nameof(length));
        long tail = _positions.Tail;
        int rest = _buffer.Length - Index(tail);
        _reserved = slot <= rest ? tail : tail + rest;
        _needed = _reserved + slot - _buffer.Length;
        if (_closed || (!ProducerIsReady() && !WaitForRoom()))
        {
            Volatile.Write(ref _dropped, _dropped + 1);
            return default;
        }

        return _buffer.AsSpan(Index(_reserved) + Prefix, length);
    }

    /// <summary>Producer: publishes the first <paramref name="length"/> bytes of what was reserved last.</summary>
    public void Commit(int length)
    {
        if (_reserved != _positions.Tail)
        {
            WriteLength(_positions.Tail, 0);
        }

        WriteLength(_reserved, length);
        Volatile.Write(ref _positions.Tail, _reserved + SlotSize(length));
        _consumerGate.Wake();
    }

    /// <summary>Producer: copies a record in.</summary>
    /// <returns>False when it was dropped.</returns>
    public bool Write(ReadOnlySpan<byte> record)
    {
        Span<byte> room = Reserve(record.Length);
        if (room.IsEmpty)
        {
            return false;
        }

        record.CopyTo(room);
        Commit(record.Length);
        return true;
    }

    /// <summary>Producer: nothing more will be written.</summary>
    public void Complete()
    {
        _completed = true;
        _consumerGate.Wake();
    }

    /// <summary>Consumer: the next record, which stays valid until <see cref="Release"/>.</summary>
    /// <returns>False when there is none now.</returns>
    public bool TryRead(out ReadOnlySpan<byte> record)
    {
        long tail = Volatile.Read(ref _positions.Tail);
        long next = _positions.Next;
        if (next != tail && ReadLength(next) == 0)
        {
            next += _buffer.Length - Index(next);
        }

        if (next == tail)
        {
            record = default;
            return false;
        }

        int length = ReadLength(next);
        record = _buffer.AsSpan(Index(next) + Prefix, length);
        _positions.Next = next + SlotSize(length);
        return true;
    }

    /// <summary>Consumer: gives back the room of everything that was read.</summary>
    public void Release()
    {
        Volatile.Write(ref _positions.Head, _positions.Next);
        _producerGate.Wake();
    }

    /// <summary>
    /// Consumer: gives back what was read, then sleeps until so many bytes are there, the producer is held up or has finished, or the time is over.
    /// </summary>
    /// <param name="bytes">1: the first record will do. More saves wake-ups: the producer pays for each.</param>
    /// <param name="milliseconds">How long, -1 without end.</param>
    /// <returns>Whether there is a record; without a time limit false means the end.</returns>
    public bool Wait(int bytes = 1, int milliseconds = Timeout.Infinite)
    {
        Release();
        Volatile.Write(ref _wakeAt, _positions.Next + bytes);
        if (!ConsumerIsReady())
        {
            _ = _consumerGate.Sleep(milliseconds);
        }

        return Volatile.Read(ref _positions.Tail) != _positions.Next;
    }

    /// <summary>Consumer: waits for so many bytes (of a quarter of the ring at most), or for fewer that have waited so long; sleeps on while there are none.</summary>
    /// <returns>Whether there is a record; false means the end.</returns>
    public bool WaitForBatch(int bytes, int milliseconds) => Wait(Math.Min(bytes, _buffer.Length / 4), milliseconds) || Wait();

    /// <summary>Consumer: as <see cref="Wait"/> for one record, without a thread.</summary>
    /// <returns>Whether there is a record; false means the end.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<bool> WaitAsync(CancellationToken cancellationToken)
    {
        Release();
        Volatile.Write(ref _wakeAt, _positions.Next + 1);
        while (!ConsumerIsReady())
        {
            await _consumerGate.SleepAsync(cancellationToken).ConfigureAwait(false);
        }

        return Volatile.Read(ref _positions.Tail) != _positions.Next;
    }

    /// <summary>Consumer: will not read any more; the producer never waits again, what it writes is dropped.</summary>
    public void Close()
    {
        _closed = true;
        _producerGate.Wake();
        _consumerGate.Wake();
    }

    private bool WaitForRoom()
    {
        if (_policy == RingFullPolicy.Drop)
        {
            return false;
        }

        _producerWaits = true;
        _consumerGate.Wake();
        _ = _producerGate.Sleep(Timeout.Infinite);
        _producerWaits = false;
        return !_closed;
    }

    private bool ProducerIsReady() => Volatile.Read(ref _positions.Head) >= _needed || _closed;

    private bool ConsumerIsReady()
    {
        long tail = Volatile.Read(ref _positions.Tail);
        return tail >= Volatile.Read(ref _wakeAt)
            || _completed
            || _closed
            || (_producerWaits && tail != Volatile.Read(ref _positions.Next));
    }

    private static int SlotSize(int length) => Prefix + ((length + 7) & ~7);

    private int Index(long position) => (int)(position & (_buffer.Length - 1));

    private void WriteLength(long position, int length) =>
        BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(Index(position)), length);

    private int ReadLength(long position) => BinaryPrimitives.ReadInt32LittleEndian(_buffer.AsSpan(Index(position)));

    /// <summary>Each side's position has a cache line of its own.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 192)]
    private struct Positions
    {
        [FieldOffset(0)]
        public long Tail;
        [FieldOffset(64)]
        public long Head;
        [FieldOffset(72)]
        public long Next;
    }
}
