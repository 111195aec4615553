using System;
using ManagedUprobe.Events;
using ManagedUprobe.Tracing.Buffers;
using Xunit;

namespace ManagedUprobe.Tests.Tracing.Buffers;

/// <summary>What a CPU's buffer keeps, loses and counts; the numbers are those that a kernel (6.18) showed for the same records.</summary>
public sealed class CpuBufferTests
{
    private const int Small = 20;
    private const int Large = 84;
    private const long Microsecond = 1000;
    private const long LongPause = 1L << 27;

    private readonly CpuBuffer _buffer = new(2);
    private readonly byte[] _room = new byte[TraceRecord.MaxSize];
    private long _time = 1_000_000;
    private int _next;

    [Fact]
    public void OverwritesAPageAtATime()
    {
        Write(Small, 2);
        Assert.Equal(new BufferStats(2, 0, 48, 1_001_000, 0, 0), _buffer.Stats);
        _time += LongPause;
        Write(Small, 1000);
        Assert.Equal((323, 679, 7752), (_buffer.Stats.Entries, _buffer.Stats.Overrun, _buffer.Stats.Bytes));
        Assert.Equal(679, Consume(out long lost));
        Assert.Equal(679, lost);
        Assert.Equal(680, Consume(out lost));
        Assert.Equal(0, lost);
        Assert.Equal((321, 2), (_buffer.Stats.Entries, _buffer.Stats.Read));
    }

    [Fact]
    public void CountsWhatIsLeftAtTheEndOfAPage()
    {
        WritePairs(30);
        Assert.Equal((60, 3360), (_buffer.Stats.Entries, _buffer.Stats.Bytes));
        WritePairs(500);
        Assert.Equal((124, 936, 6992), (_buffer.Stats.Entries, _buffer.Stats.Overrun, _buffer.Stats.Bytes));
    }

    [Fact]
    public void KeepsTheOldestWhereNothingMayBeOverwritten()
    {
        WritePairs(1000, overwrite: false);
        Assert.Equal((144, 0, 8160), (_buffer.Stats.Entries, _buffer.Stats.Overrun, _buffer.Stats.Bytes));
        Assert.Equal((1856, 1_001_000), (_buffer.Stats.Dropped, _buffer.Stats.OldestTime));
        Assert.Equal(0, Consume(out long lost));
        Assert.Equal(0, lost);
    }

    [Fact]
    public void ThePageThatIsBeingReadIsNotOverwritten()
    {
        Write(Small, 3);
        Assert.Equal(0, Consume(out _));
        Write(Small, 600);
        Assert.Equal(1, Consume(out long lost));
        Assert.Equal(0, lost);
        int seen = 1;
        for (int number = Consume(out lost); lost == 0; number = Consume(out lost))
        {
            Assert.Equal(seen + 1, number);
            seen = number;
        }

        Assert.Equal(_buffer.Stats.Overrun, lost);
        Assert.Equal(169, seen);
    }

    [Fact]
    public void EmptiesToNothing()
    {
        WritePairs(100);
        int count = 0;
        for (; Consume(out _) >= 0; count++)
        {
        }

        Assert.Equal((0, 0, count), (_buffer.Stats.Entries, _buffer.Stats.Bytes, _buffer.Stats.Read));
        Assert.Equal(200, count + _buffer.Stats.Overrun);
        Write(Small, 1);
        Assert.Equal(200, Consume(out _));
        Assert.Equal(-1, Consume(out _));
    }

    [Fact]
    public void ClearingForgetsCountsToo()
    {
        Write(Small, 500);
        _ = Consume(out _);
        _buffer.Clear();
        Assert.Equal(default, _buffer.Stats);
        Write(Small, 1);
        Assert.Equal(500, Consume(out long lost));
        Assert.Equal(0, lost);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void ResizingKeepsTheNewest(int pages)
    {
        Write(Small, 300);
        _buffer.Resize(pages);
        Assert.Equal(pages, _buffer.Pages);
        int first = pages == 1 ? 170 : 0;
        Assert.Equal((300 - first, first), ((int)_buffer.Stats.Entries, (int)_buffer.Stats.Overrun));
        for (int i = first; i < 300; i++)
        {
            Assert.Equal(i, Consume(out _));
        }

        Assert.Equal(-1, Consume(out _));
    }

    [Fact]
    public void ASnapshotHasWhatWasNotConsumed()
    {
        Write(Small, 400);
        _ = Consume(out _);
        int expected = 171;
        ReadOnlySpan<byte> rest = _buffer.Snapshot();
        while (!rest.IsEmpty)
        {
            Assert.Equal(expected++, PageRing.Next(ref rest).Header.ThreadId);
        }

        Assert.Equal(400, expected);
    }

    [Fact]
    public void WritingAllocatesNothing()
    {
        Write(Small, 1);
        long before = GC.GetAllocatedBytesForCurrentThread();
        WritePairs(1000);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private void WritePairs(int count, bool overwrite = true)
    {
        for (int i = 0; i < count; i++)
        {
            Write(Large, 1, overwrite);
            Write(Small, 1, overwrite);
        }
    }

    private void Write(int bodyLength, int count, bool overwrite = true)
    {
        Span<byte> record = stackalloc byte[TraceRecordHeader.Size + bodyLength];
        for (int i = 0; i < count; i++)
        {
            _time += Microsecond;
            var header = new TraceRecordHeader { BodyLength = bodyLength, ThreadId = _next++, Time = _time };
            _ = TraceRecord.Complete(record, header);
            _ = _buffer.Write(new TraceRecord(record), overwrite);
        }
    }

    // The number of the record; -1 when there is none.
    private int Consume(out long lost)
    {
        int length = _buffer.Consume(_room, out lost);
        return length == 0 ? -1 : new TraceRecord(_room).Header.ThreadId;
    }
}
