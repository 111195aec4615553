using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using ManagedUprobe.Tracing.Buffers;
using ManagedUprobe.Tracing.Files;

namespace ManagedUprobe.Tracing;

/// <summary>The folder per_cpu: the buffer of each CPU.</summary>
internal static class PerCpuTree
{
    /// <summary>The folder itself.</summary>
    public static TraceFolder Create(TraceArray array) => new("per_cpu", () =>
        Enumerable.Range(0, array.StartBuffer().Cpus)
            .Select(cpu => new TraceFolder(string.Create(CultureInfo.InvariantCulture, $"cpu{cpu}"), () => Cpu(array, cpu))));

    private static IEnumerable<TraceNode> Cpu(TraceArray array, int cpu) =>
    [
        new BufferSizeFile(array, cpu),
        new ComputedFile("stats", () => Stats(array, cpu)),
        new TraceTextFile(array, cpu),
        new TracePipeFile(array, cpu),
    ];

    private static string Stats(TraceArray array, int cpu)
    {
        BufferStats stats = array.StartBuffer()[cpu].Stats;
        return string.Create(CultureInfo.InvariantCulture, $"""
            entries: {stats.Entries}
            overrun: {stats.Overrun}
            commit overrun: 0
            bytes: {stats.Bytes}
            oldest event ts: {Time(array, stats.OldestTime)}
            now ts: {Time(array, array.Clock.Now)}
            dropped events: {stats.Dropped}
            read events: {stats.Read}

            """);
    }

    private static string Time(TraceArray array, long time) => array.Clock.IsNanoseconds
        ? string.Create(CultureInfo.InvariantCulture, $"{time / 1_000_000_000,5}.{time / 1000 % 1_000_000:d6}")
        : time.ToString(CultureInfo.InvariantCulture);
}
