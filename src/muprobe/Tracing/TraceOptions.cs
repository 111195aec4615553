using System;
using System.Collections.Generic;
using ManagedUprobe.Session;

namespace ManagedUprobe.Command.Tracing;

/// <summary>What trace and stat were asked for.</summary>
internal sealed record TraceOptions
{
    /// <summary>-e and -f in the order given; at least one.</summary>
    public required IReadOnlyList<DefinitionSource> Definitions { get; init; }

    /// <summary>-p; empty unless that is the target.</summary>
    public required IReadOnlyList<int> Pids { get; init; }

    /// <summary>-a.</summary>
    public bool AllProcesses { get; init; }

    /// <summary>What follows <c>--</c>, the bytes of each argument; empty unless that is the target.</summary>
    public required IReadOnlyList<byte[]> Command { get; init; }

    /// <summary>Whether there is a target at all.</summary>
    public bool HasTarget => Pids.Count > 0 || AllProcesses || Command.Count > 0;

    /// <summary>False with --no-follow.</summary>
    public bool Follow { get; init; }

    public OutputFormat Format { get; init; }

    /// <summary>-o; null for standard output.</summary>
    public string? OutputPath { get; init; }

    /// <summary>-n; null without end.</summary>
    public long? EventCount { get; init; }

    /// <summary>-d; null without end.</summary>
    public TimeSpan? Duration { get; init; }

    public PlacingMode Mode { get; init; }

    public StepMode Step { get; init; }

    /// <summary>--return.</summary>
    public ReturnMode Return { get; init; }

    /// <summary>--share-cpu.</summary>
    public bool ShareCpu { get; init; }

    public bool Force { get; init; }

    public bool Verbose { get; init; }
}
