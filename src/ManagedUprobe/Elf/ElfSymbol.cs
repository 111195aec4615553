namespace ManagedUprobe.Elf;

/// <summary>A function (or label) of a file.</summary>
/// <param name="Name">Its name, without a version.</param>
/// <param name="Version">Its symbol version, null when it has none.</param>
/// <param name="IsDefaultVersion">Whether the version is the one that new programs are linked to (<c>@@</c>).</param>
/// <param name="Vaddr">Its address as the file gives it.</param>
/// <param name="Offset">Its file offset.</param>
/// <param name="Size">Its bytes; 0 when the file does not tell.</param>
/// <param name="Kind">What it is; the address of an indirect function is that of its resolver.</param>
/// <param name="Binding">Who sees it.</param>
internal sealed record ElfSymbol(
    string Name,
    string? Version,
    bool IsDefaultVersion,
    ulong Vaddr,
    ulong Offset,
    ulong Size,
    SymbolKind Kind,
    SymbolBinding Binding)
{
    /// <summary>The name with its version: <c>malloc@@GLIBC_2.2.5</c>.</summary>
    public string FullName => Version is null ? Name : $"{Name}{(IsDefaultVersion ? "@@" : "@")}{Version}";

    /// <summary>Whether the symbol's address is that of a resolver, not of the function that runs.</summary>
    public bool IsIndirect => Kind == SymbolKind.IndirectFunction;
}
