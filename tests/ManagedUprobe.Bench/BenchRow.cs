using System;

namespace ManagedUprobe.Bench;

/// <summary>One row of the table.</summary>
/// <param name="Name">Its name, unique.</param>
/// <param name="What">What is measured, for the table.</param>
/// <param name="Of">The row whose figure this one's is divided by; null for none.</param>
/// <param name="Measure">Measures once; called once a round.</param>
internal sealed record BenchRow(string Name, string What, string? Of, Func<double> Measure)
{
    /// <summary>Most rounds, for what takes long or hardly varies.</summary>
    public int MaxRounds { get; init; } = int.MaxValue;

    /// <summary>What the figure counts: nanoseconds, or bytes.</summary>
    public BenchUnit Unit { get; init; }
}
