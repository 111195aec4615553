using System;
using System.Buffers.Binary;

namespace ManagedUprobe.Elf;

/// <summary>Elf64_Shdr or Elf32_Shdr.</summary>
internal readonly record struct SectionHeader(
    uint NameOffset,
    SectionType Type,
    SectionFlags Flags,
    ulong Vaddr,
    ulong Offset,
    ulong Size,
    uint Link,
    uint Info,
    ulong EntrySize)
{
    /// <summary>Reads one header.</summary>
    public static SectionHeader Parse(ElfLayout layout, ReadOnlySpan<byte> bytes) =>
        Parse(bytes, bytes[8..], layout, layout.WordSize);

    // Two 32-bit fields, four words, two 32-bit fields, two words.
    private static SectionHeader Parse(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> words, ElfLayout layout, int wordSize) => new(
        BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        (SectionType)BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]),
        (SectionFlags)layout.Word(words, 0),
        layout.Word(words, 1),
        layout.Word(words, 2),
        layout.Word(words, 3),
        BinaryPrimitives.ReadUInt32LittleEndian(words[(4 * wordSize)..]),
        BinaryPrimitives.ReadUInt32LittleEndian(words[((4 * wordSize) + 4)..]),
        layout.Word(words[((5 * wordSize) + 8)..]));
}
