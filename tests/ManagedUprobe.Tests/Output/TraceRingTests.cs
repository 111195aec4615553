using System;
using System.Buffers.Binary;
using System.Threading;
using System.Threading.Tasks;
using ManagedUprobe.Output;
using Xunit;

namespace ManagedUprobe.Tests.Output;

/// <summary>The ring under load: nothing lost, nothing torn, everything in order.</summary>
public sealed class TraceRingTests
{
    private const int Capacity = 1 << 14;

    [Theory]
    [InlineData(3_000_000, 1, 0)]
    [InlineData(1_000_000, 4000, 5)]
    public void WaitingProducerLosesNothing(int records, int gather, int milliseconds)
    {
        var ring = new TraceRing(Capacity, RingFullPolicy.Wait);
        var producer = new Thread(() => Produce(ring, records));
        producer.Start();
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        long seen = Consume(ring, gather, milliseconds, out bool inOrder);
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        producer.Join();
        Assert.True(inOrder);
        Assert.Equal(records, seen);
        Assert.Equal(0, ring.Dropped);
        Assert.True(ring.IsDrained);
        Assert.True(allocated < 10_000, $"{allocated} bytes allocated");
    }

    [Fact]
    public void DroppingProducerCountsWhatItDropped()
    {
        const int Records = 2_000_000;
        var ring = new TraceRing(Capacity, RingFullPolicy.Drop);
        var producer = new Thread(() => Produce(ring, Records));
        producer.Start();
        long seen = Consume(ring, 1, 0, out bool inOrder);
        producer.Join();
        Assert.True(inOrder);
        Assert.Equal(Records, seen + ring.Dropped);
    }

    [Theory]
    [InlineData(RingFullPolicy.Wait)]
    [InlineData(RingFullPolicy.Drop)]
    public async Task AnAwaitingConsumerIsWokenUntilTheEnd(RingFullPolicy policy)
    {
        const int Records = 300_000;
        var ring = new TraceRing(Capacity, policy);
        var producer = new Thread(() => Produce(ring, Records));
        producer.Start();
        long seen = 0;
        while (await ring.WaitAsync(TestContext.Current.CancellationToken))
        {
            while (ring.TryRead(out _))
            {
                seen++;
                ring.Release();
            }
        }

        producer.Join();
        Assert.True(ring.IsDrained);
        Assert.Equal(Records, seen + ring.Dropped);
        Assert.True(policy == RingFullPolicy.Drop || ring.Dropped == 0);
    }

    [Fact]
    public void SlowConsumerIsWokenForEachRecord()
    {
        var ring = new TraceRing(Capacity, RingFullPolicy.Wait);
        using var step = new SemaphoreSlim(0);
        var producer = new Thread(() =>
        {
            for (int i = 0; i < 2000; i++)
            {
                step.Wait();
                Assert.True(ring.Write(Record(i, 16)));
            }

            ring.Complete();
        });
        producer.Start();
        int seen = 0;
        _ = step.Release();
        while (ring.Wait())
        {
            Assert.True(ring.TryRead(out _));
            seen++;
            _ = step.Release();
        }

        producer.Join();
        Assert.Equal(2000, seen);
    }

    [Fact]
    public void AReaderThatLeavesFreesTheProducer()
    {
        var ring = new TraceRing(Capacity, RingFullPolicy.Wait);
        var producer = new Thread(() => Produce(ring, 100_000));
        producer.Start();
        _ = ring.Wait(Capacity / 2);
        ring.Close();
        Assert.True(producer.Join(TimeSpan.FromSeconds(30)));
        Assert.True(ring.Dropped > 0);
    }

    [Fact]
    public void WaitingHasATimeLimit()
    {
        var ring = new TraceRing(Capacity, RingFullPolicy.Wait);
        Assert.False(ring.Wait(1, 5));
        Assert.True(ring.Write(Record(0, 16)));
        Assert.True(ring.Wait(1000, 5));
        ring.Complete();
        Assert.True(ring.Wait());
        Assert.True(ring.TryRead(out ReadOnlySpan<byte> record));
        Assert.Equal(16, record.Length);
        Assert.False(ring.Wait());
    }

    [Fact]
    public void ACommittedRecordMayBeShorterThanReserved()
    {
        var ring = new TraceRing(Capacity, RingFullPolicy.Wait);
        for (int i = 0; i < 1000; i++)
        {
            Span<byte> room = ring.Reserve(Capacity / 2 - 8);
            BinaryPrimitives.WriteInt32LittleEndian(room, i);
            ring.Commit(12);
            Assert.True(ring.TryRead(out ReadOnlySpan<byte> record));
            Assert.Equal(12, record.Length);
            Assert.Equal(i, BinaryPrimitives.ReadInt32LittleEndian(record));
            ring.Release();
        }
    }

    private static void Produce(TraceRing ring, int records)
    {
        byte[] record = new byte[600];
        for (int i = 0; i < records; i++)
        {
            int length = 8 + (i % 1000 * 37 % 500);
            BinaryPrimitives.WriteInt32LittleEndian(record, i);
            BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(4), length);
            record[length - 1] = length > 8 ? unchecked((byte)i) : record[length - 1];
            _ = ring.Write(record.AsSpan(0, length));
        }

        ring.Complete();
    }

    private static long Consume(TraceRing ring, int gather, int milliseconds, out bool inOrder)
    {
        long seen = 0;
        int last = -1;
        inOrder = true;
        while (ring.Wait())
        {
            if (milliseconds > 0)
            {
                _ = ring.Wait(gather, milliseconds);
            }

            while (ring.TryRead(out ReadOnlySpan<byte> record))
            {
                int number = BinaryPrimitives.ReadInt32LittleEndian(record);
                inOrder &= number > last
                    && BinaryPrimitives.ReadInt32LittleEndian(record[4..]) == record.Length
                    && (record.Length == 8 || record[^1] == unchecked((byte)number));
                last = number;
                seen++;
            }
        }

        return seen;
    }

    private static byte[] Record(int number, int length)
    {
        byte[] record = new byte[length];
        BinaryPrimitives.WriteInt32LittleEndian(record, number);
        return record;
    }
}
