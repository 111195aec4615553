using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace ManagedUprobe.Bench;

/// <summary>Where a measured program and its tracer may run.</summary>
internal static class Confinement
{
    // The last CPU that we may use: the first one serves more interrupts.
    private static readonly string s_cpu = File.ReadLines("/proc/self/status")
        .First(line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal)).Split([':', ',', '-'])[^1].Trim();

    /// <summary>The command confined to one CPU.</summary>
    public static IReadOnlyList<string> OneCpu(IReadOnlyList<string> command) => ["taskset", "-c", s_cpu, .. command];

    /// <summary>The command as it is.</summary>
    public static IReadOnlyList<string> Free(IReadOnlyList<string> command) =>
        Environment.ProcessorCount > 1 ? command : throw new NotMeasurableException("there is one CPU only");
}
