namespace ManagedUprobe.Elf;

/// <summary>A place in a file that was given by symbol.</summary>
/// <param name="Symbol">The function or label.</param>
/// <param name="SymbolOffset">Bytes from the symbol's start.</param>
internal sealed record SymbolLocation(ElfSymbol Symbol, ulong SymbolOffset)
{
    /// <summary>File offset of the place.</summary>
    public ulong Offset => Symbol.Offset + SymbolOffset;

    /// <summary>Whether the place is the start of an IFUNC resolver: what runs is known to the running process alone.</summary>
    public bool NeedsResolving => Symbol.IsIndirect && SymbolOffset == 0;
}
