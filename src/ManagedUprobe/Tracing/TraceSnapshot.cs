using System;
using System.Collections.Generic;
using System.IO;
using ManagedUprobe.Events;
using ManagedUprobe.Output;
using ManagedUprobe.Tracing.Buffers;

namespace ManagedUprobe.Tracing;

/// <summary>What reading trace shows: the header and the records of all CPUs, or of one, by time; nothing is consumed.</summary>
internal static class TraceSnapshot
{
    /// <summary>The whole text, one byte a character.</summary>
    /// <param name="array">Whose.</param>
    /// <param name="cpu">This CPU's records; -1 those of all.</param>
    public static string Read(TraceArray array, int cpu) => Read(array, array.StartBuffer(), cpu);

    /// <summary>The whole text of another buffer, one byte a character.</summary>
    /// <param name="array">Whose.</param>
    /// <param name="buffer">The buffer.</param>
    /// <param name="cpu">This CPU's records; -1 those of all.</param>
    public static string Read(TraceArray array, TraceBuffer buffer, int cpu)
    {
        (long entries, long written) = buffer.Count();
        var text = new MemoryStream();
        text.Write(KernelText.ToBytes(TraceHeaderText.Of(entries, written, OnlineCpus.Count, array.Style)));
        bool annotate = array.Has(TraceOption.Annotate) && entries != written;
        WriteLines(text, new TraceLineFormatter(array), Copies(buffer, cpu), annotate);
        return KernelText.FromBytes(text.GetBuffer().AsSpan(0, (int)text.Length));
    }

    private static List<ReadOnlyMemory<byte>> Copies(TraceBuffer buffer, int cpu)
    {
        var copies = new List<ReadOnlyMemory<byte>>();
        for (int i = 0; i < buffer.Cpus; i++)
        {
            copies.Add(cpu < 0 || cpu == i ? buffer[i].Snapshot() : ReadOnlyMemory<byte>.Empty);
        }

        return copies;
    }

    private static void WriteLines(MemoryStream text, TraceLineFormatter formatter, List<ReadOnlyMemory<byte>> copies, bool annotate)
    {
        byte[] line = new byte[ITraceFormatter.MaxLineLength];
        var started = new HashSet<int>();
        for (int cpu = Oldest(copies); cpu >= 0; cpu = Oldest(copies))
        {
            // Nothing stands before the very first record.
            if (started.Add(cpu) && annotate && started.Count > 1)
            {
                text.Write(line.AsSpan(0, TraceLineFormatter.FormatStart(cpu, line)));
            }

            ReadOnlySpan<byte> rest = copies[cpu].Span;
            TraceRecord record = PageRing.Next(ref rest);
            text.Write(line.AsSpan(0, formatter.Format(record, line)));
            copies[cpu] = copies[cpu][^rest.Length..];
        }
    }

    private static int Oldest(List<ReadOnlyMemory<byte>> copies)
    {
        (int oldest, long first) = (-1, long.MaxValue);
        for (int i = 0; i < copies.Count; i++)
        {
            ReadOnlySpan<byte> rest = copies[i].Span;
            if (!rest.IsEmpty && PageRing.Next(ref rest).Header.Time is var time && time < first)
            {
                (oldest, first) = (i, time);
            }
        }

        return oldest;
    }
}
