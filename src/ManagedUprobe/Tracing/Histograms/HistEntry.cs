namespace ManagedUprobe.Tracing.Histograms;

/// <summary>One entry of a histogram, copied out.</summary>
/// <param name="Key">The keys, one behind the other.</param>
/// <param name="Sums">The hit count, then the sums of the values.</param>
internal sealed record HistEntry(byte[] Key, ulong[] Sums);
