using System;

namespace ManagedUprobe.Events.Filters;

/// <summary>What a filter looks at: one hit.</summary>
/// <param name="record">The record in the kernel's layout, common part included.</param>
/// <param name="cpu">CPU of the hit.</param>
/// <param name="comm">Name of the thread, at most 15 bytes, without NUL.</param>
internal readonly ref struct FilterInput(ReadOnlySpan<byte> record, int cpu, ReadOnlySpan<byte> comm)
{
    /// <summary>The record in the kernel's layout.</summary>
    public ReadOnlySpan<byte> Record { get; } = record;

    /// <summary>CPU of the hit.</summary>
    public int Cpu { get; } = cpu;

    /// <summary>Name of the thread.</summary>
    public ReadOnlySpan<byte> Comm { get; } = comm;
}
