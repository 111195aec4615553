using System;
using System.Buffers.Binary;

namespace ManagedUprobe.Elf;

/// <summary>Elf64_Phdr.</summary>
internal readonly record struct ProgramHeader(
    SegmentType Type,
    SegmentFlags Flags,
    ulong Offset,
    ulong Vaddr,
    ulong FileSize,
    ulong MemorySize,
    ulong Align)
{
    public const int Bytes = 56;

    /// <summary>Reads one header from its 56 bytes.</summary>
    public static ProgramHeader Parse(ReadOnlySpan<byte> bytes) => new(
        (SegmentType)BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        (SegmentFlags)BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[40..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[48..]));
}
