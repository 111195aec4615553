using System;
using System.Buffers.Binary;

namespace ManagedUprobe.Elf;

/// <summary>Elf64_Ehdr, with the counts that overflow into section 0 already resolved.</summary>
internal readonly record struct ElfHeader(
    ElfType Type,
    ulong EntryPoint,
    ulong ProgramHeaderOffset,
    uint ProgramHeaderCount,
    ulong SectionHeaderOffset,
    uint SectionHeaderCount,
    uint SectionNameIndex)
{
    private const int Bytes = 64;
    private const uint CountInSectionZero = 0xffff;

    /// <summary>Reads the header and refuses what is no x86-64 program or shared object.</summary>
    public static ElfHeader Read(ElfReader reader)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        int count = reader.ReadUpTo(0, bytes);
        CheckIdentity(reader, bytes[..count]);
        if (count < Bytes)
        {
            throw reader.Truncated("the ELF header");
        }

        CheckKind(reader, bytes);
        return Parse(reader, bytes);
    }

    private static void CheckIdentity(ElfReader reader, ReadOnlySpan<byte> bytes)
    {
        if (!bytes.StartsWith("\u007fELF"u8))
        {
            throw reader.Refuse(Describe(bytes));
        }

        if (bytes.Length < 16)
        {
            throw reader.Truncated("the ELF header");
        }

        switch ((bytes[4], bytes[5]))
        {
            case (2, 1):
                return;
            case (1, _):
                throw reader.Refuse("32-bit ELF file (ELFCLASS32); only 64-bit x86-64 files can be probed");
            case (2, 2):
                throw reader.Refuse("big-endian ELF file; only x86-64 files can be probed");
            default:
                throw reader.Refuse($"ELF file of unknown class {bytes[4]} or byte order {bytes[5]}");
        }
    }

    private static string Describe(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [] => "not an ELF file (it is empty, or no regular file)",
        [(byte)'#', (byte)'!', ..] => "not an ELF file (it is a script)",
        _ => "not an ELF file",
    };

    private static void CheckKind(ElfReader reader, ReadOnlySpan<byte> bytes)
    {
        ushort machine = BinaryPrimitives.ReadUInt16LittleEndian(bytes[18..]);
        if (machine != MachineNames.X64)
        {
            throw reader.Refuse($"ELF file for {MachineNames.NameOf(machine)}, not for x86-64");
        }

        switch (BinaryPrimitives.ReadUInt16LittleEndian(bytes[16..]))
        {
            case (ushort)ElfType.Executable or (ushort)ElfType.SharedObject:
                return;
            case 1:
                throw reader.Refuse("relocatable object file, neither an executable nor a shared object");
            case 4:
                throw reader.Refuse("core dump, neither an executable nor a shared object");
            case ushort type:
                throw reader.Refuse($"ELF file of type {type}, neither an executable nor a shared object");
        }
    }

    private static ElfHeader Parse(ElfReader reader, ReadOnlySpan<byte> bytes)
    {
        var header = new ElfHeader(
            (ElfType)BinaryPrimitives.ReadUInt16LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]),
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[56..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[40..]),
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[60..]),
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[62..]));
        ushort programEntry = BinaryPrimitives.ReadUInt16LittleEndian(bytes[54..]);
        ushort sectionEntry = BinaryPrimitives.ReadUInt16LittleEndian(bytes[58..]);
        if (header.ProgramHeaderCount != 0 && programEntry != ProgramHeader.Bytes)
        {
            throw reader.Refuse($"corrupt ELF file: program headers of {programEntry} bytes");
        }

        if (header.SectionHeaderOffset == 0)
        {
            return header with { SectionHeaderCount = 0 };
        }

        return sectionEntry == SectionHeader.Bytes
            ? ResolveCounts(reader, header)
            : throw reader.Refuse($"corrupt ELF file: section headers of {sectionEntry} bytes");
    }

    private static ElfHeader ResolveCounts(ElfReader reader, ElfHeader header)
    {
        bool programs = header.ProgramHeaderCount == CountInSectionZero;
        bool sections = header.SectionHeaderCount == 0;
        bool names = header.SectionNameIndex == CountInSectionZero;
        Span<byte> bytes = stackalloc byte[SectionHeader.Bytes];
        if (!(programs || sections || names) || !reader.TryRead(header.SectionHeaderOffset, bytes))
        {
            return header;
        }

        var zero = SectionHeader.Parse(bytes);
        return header with
        {
            ProgramHeaderCount = programs ? zero.Info : header.ProgramHeaderCount,
            SectionHeaderCount = sections ? (uint)Math.Min(zero.Size, uint.MaxValue) : header.SectionHeaderCount,
            SectionNameIndex = names ? zero.Link : header.SectionNameIndex,
        };
    }
}
