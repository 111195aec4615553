using System;
using System.Buffers.Binary;

namespace ManagedUprobe.Elf;

/// <summary>Elf64_Sym.</summary>
internal readonly record struct SymbolEntry(
    uint NameOffset,
    SymbolKind Kind,
    SymbolBinding Binding,
    ushort SectionIndex,
    ulong Vaddr,
    ulong Size)
{
    public const int Bytes = 24;

    private const ushort Undefined = 0;
    private const ushort Absolute = 0xfff1;

    /// <summary>Whether the file itself holds a function here.</summary>
    public bool IsFunction => Kind is SymbolKind.Function or SymbolKind.IndirectFunction && IsDefined;

    /// <summary>Whether the symbol names an address of this file.</summary>
    public bool IsDefined => SectionIndex is not (Undefined or Absolute);

    /// <summary>Reads one entry from its 24 bytes.</summary>
    public static SymbolEntry Parse(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        (SymbolKind)(bytes[4] & 0xf),
        (SymbolBinding)(bytes[4] >> 4),
        BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]));
}
