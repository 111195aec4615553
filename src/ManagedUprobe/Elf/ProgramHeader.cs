using System;
using System.Buffers.Binary;

namespace ManagedUprobe.Elf;

/// <summary>Elf64_Phdr or Elf32_Phdr.</summary>
internal readonly record struct ProgramHeader(
    SegmentType Type,
    SegmentFlags Flags,
    ulong Offset,
    ulong Vaddr,
    ulong FileSize,
    ulong MemorySize,
    ulong Align)
{
    /// <summary>Reads one header.</summary>
    public static ProgramHeader Parse(ElfLayout layout, ReadOnlySpan<byte> bytes) => layout.Is32Bit ? Parse32(bytes) : Parse64(bytes);

    private static ProgramHeader Parse32(ReadOnlySpan<byte> bytes) => new(
        (SegmentType)BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        (SegmentFlags)BinaryPrimitives.ReadUInt32LittleEndian(bytes[24..]),
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]),
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]),
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]),
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[20..]),
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[28..]));

    private static ProgramHeader Parse64(ReadOnlySpan<byte> bytes) => new(
        (SegmentType)BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        (SegmentFlags)BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[40..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[48..]));
}
