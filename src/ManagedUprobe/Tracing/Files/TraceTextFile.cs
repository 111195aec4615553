using System;

namespace ManagedUprobe.Tracing.Files;

/// <summary>trace, of all CPUs or of one: what was recorded. Truncating it empties the buffer.</summary>
/// <param name="array">Whose.</param>
/// <param name="cpu">The CPU; -1 for all.</param>
internal sealed class TraceTextFile(TraceArray array, int cpu) : TraceFile("trace", ReadWrite)
{
    /// <inheritdoc/>
    public override string Read() => TraceSnapshot.Read(array, cpu);

    /// <inheritdoc/>
    public override int Write(ReadOnlySpan<byte> data) => data.Length;

    /// <inheritdoc/>
    public override void Truncate() => array.StartBuffer().Clear(cpu);
}
