using System;
using System.Linq;
using System.Threading;
using ManagedUprobe.Events;

namespace ManagedUprobe.Tracing.Buffers;

/// <summary>What was recorded, by CPU: what trace shows and trace_pipe consumes.</summary>
/// <remarks>One thread writes (the tracer's), any read. A reader holds the writer up for the time of copying a record, or a snapshot.</remarks>
internal sealed class TraceBuffer
{
    // 1,441,792 bytes a CPU, as the kernel's.
    private const int DefaultPages = 354;
    private const int MinPages = 2;

    private volatile CpuBuffer[] _cpus;
    private readonly object _gate = new();
    private int _sleepers;

    /// <summary>Creates an empty buffer.</summary>
    /// <param name="cpus">How many CPUs there may be.</param>
    public TraceBuffer(int cpus) => _cpus = Enumerable.Range(0, cpus).Select(_ => new CpuBuffer(DefaultPages)).ToArray();

    /// <summary>How many CPUs there may be.</summary>
    public int Cpus => _cpus.Length;

    /// <summary>Whether the oldest records give way to new ones.</summary>
    public bool Overwrite { get; set; } = true;

    /// <summary>The records of one CPU.</summary>
    public CpuBuffer this[int cpu] => _cpus[cpu];

    /// <summary>Pages for a size in KiB.</summary>
    public static int PagesFor(ulong kilobytes) =>
        checked((int)Math.Max(MinPages, ((kilobytes * 1024) + BufferPage.KernelSize - 1) / BufferPage.KernelSize));

    /// <summary>Appends a record.</summary>
    public void Write(TraceRecord record)
    {
        int cpu = record.Header.Cpu;
        if ((uint)cpu < (uint)_cpus.Length && _cpus[cpu].Write(record, Overwrite))
        {
            Interlocked.MemoryBarrier();
            if (_sleepers != 0)
            {
                WakeReaders();
            }
        }
    }

    /// <summary>Consumes the oldest record.</summary>
    /// <param name="cpu">Of this CPU; -1 of all.</param>
    /// <param name="into">Receives it; at least <see cref="TraceRecord.MaxSize"/> bytes.</param>
    /// <param name="lost">Records that were overwritten before it.</param>
    /// <returns>Bytes of the record; 0 when there is none.</returns>
    public int Consume(int cpu, Span<byte> into, out long lost)
    {
        int next = cpu >= 0 ? cpu : OldestCpu();
        lost = 0;
        return next < 0 ? 0 : _cpus[next].Consume(into, out lost);
    }

    /// <summary>Sleeps until there is something to consume, somebody wakes all readers, or the time is over.</summary>
    /// <returns>Whether there is something.</returns>
    public bool Wait(int cpu, int milliseconds)
    {
        lock (_gate)
        {
            _sleepers++;
            Interlocked.MemoryBarrier();
            if (!HasRecords(cpu))
            {
                _ = Monitor.Wait(_gate, milliseconds);
            }

            _sleepers--;
            return HasRecords(cpu);
        }
    }

    /// <summary>Wakes readers that sleep.</summary>
    public void WakeReaders()
    {
        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Whether there is something to consume.</summary>
    /// <param name="cpu">Of this CPU; -1 of all.</param>
    public bool HasRecords(int cpu) => cpu >= 0 ? _cpus[cpu].Stats.Entries > 0 : Count().Entries > 0;

    /// <summary>Changes places with another one: the records of each are then the other's. What follows is written here.</summary>
    public void Swap(TraceBuffer other) => (_cpus, other._cpus) = (other._cpus, _cpus);

    /// <summary>Empties it.</summary>
    /// <param name="cpu">This CPU's part; -1 all.</param>
    public void Clear(int cpu = -1)
    {
        foreach (CpuBuffer buffer in cpu >= 0 ? [_cpus[cpu]] : _cpus)
        {
            buffer.Clear();
        }
    }

    /// <summary>Entries in it, and entries since it was cleared, those that were overwritten included.</summary>
    public (long Entries, long Written) Count()
    {
        (long entries, long written) = (0, 0);
        foreach (CpuBuffer cpu in _cpus)
        {
            BufferStats stats = cpu.Stats;
            entries += stats.Entries;
            written += stats.Entries + stats.Overrun;
        }

        return (entries, written);
    }

    private int OldestCpu()
    {
        CpuBuffer[] cpus = _cpus;
        (int oldest, long first) = (-1, long.MaxValue);
        for (int i = 0; i < cpus.Length; i++)
        {
            if (cpus[i].TryPeek(out long time) && time < first)
            {
                (oldest, first) = (i, time);
            }
        }

        return oldest;
    }
}
