using System;
using System.Buffers.Binary;

namespace ManagedUprobe.Elf;

/// <summary>Elf64_Shdr.</summary>
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
    public const int Bytes = 64;

    /// <summary>Reads one header from its 64 bytes.</summary>
    public static SectionHeader Parse(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        (SectionType)BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]),
        (SectionFlags)BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]),
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[40..]),
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[44..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[56..]));
}
