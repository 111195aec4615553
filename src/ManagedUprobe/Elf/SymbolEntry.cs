using System;
using System.Buffers.Binary;

namespace ManagedUprobe.Elf;

/// <summary>Elf64_Sym or Elf32_Sym.</summary>
internal readonly record struct SymbolEntry(
    uint NameOffset,
    SymbolKind Kind,
    SymbolBinding Binding,
    ushort SectionIndex,
    ulong Vaddr,
    ulong Size)
{
    private const ushort Undefined = 0;
    private const ushort Absolute = 0xfff1;

    /// <summary>Whether the file itself holds a function here.</summary>
    public bool IsFunction => Kind is SymbolKind.Function or SymbolKind.IndirectFunction && IsDefined;

    /// <summary>Whether the symbol names an address of this file.</summary>
    public bool IsDefined => SectionIndex is not (Undefined or Absolute);

    /// <summary>Reads one entry.</summary>
    public static SymbolEntry Parse(ElfLayout layout, ReadOnlySpan<byte> bytes) => layout.Is32Bit ? Parse32(bytes) : Parse64(bytes);

    private static SymbolEntry Parse32(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        (SymbolKind)(bytes[12] & 0xf),
        (SymbolBinding)(bytes[12] >> 4),
        BinaryPrimitives.ReadUInt16LittleEndian(bytes[14..]),
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]),
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]));

    private static SymbolEntry Parse64(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        (SymbolKind)(bytes[4] & 0xf),
        (SymbolBinding)(bytes[4] >> 4),
        BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]));
}
