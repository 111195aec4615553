namespace ManagedUprobe.Tracing.Histograms;

/// <summary>One field that entries are ordered by.</summary>
/// <param name="Index">0 for the hit count, then the values, then the keys.</param>
/// <param name="Descending">The direction.</param>
internal readonly record struct HistSort(int Index, bool Descending);
