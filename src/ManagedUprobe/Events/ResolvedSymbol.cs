namespace ManagedUprobe.Events;

/// <summary>A function found in a file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Offset">File offset of its first instruction.</param>
/// <param name="IsIndirect">Whether it is an IFUNC: what stands there is the resolver, not the function that runs.</param>
internal readonly record struct ResolvedSymbol(string Name, ulong Offset, bool IsIndirect);
