using System;
using System.Buffers.Binary;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Elf;

/// <summary>Elf64_Ehdr or Elf32_Ehdr, with the counts that overflow into section 0 already resolved.</summary>
internal readonly record struct ElfHeader(
    ElfLayout Layout,
    ElfType Type,
    ulong EntryPoint,
    ulong ProgramHeaderOffset,
    uint ProgramHeaderCount,
    ulong SectionHeaderOffset,
    uint SectionHeaderCount,
    uint SectionNameIndex)
{
    private const int MaxBytes = 64;
    private const ushort I386 = 3;
    private const uint CountInSectionZero = 0xffff;

    /// <summary>Reads the header and refuses what is no x86 program or shared object.</summary>
    public static ElfHeader Read(ElfReader reader)
    {
        Span<byte> bytes = stackalloc byte[MaxBytes];
        int count = reader.ReadUpTo(0, bytes);
        ElfLayout layout = CheckIdentity(reader, bytes[..count]);
        if (count < layout.HeaderBytes)
        {
            throw reader.Truncated("the ELF header");
        }

        CheckKind(reader, bytes, layout);
        return Parse(reader, bytes, layout);
    }

    private static ElfLayout CheckIdentity(ElfReader reader, ReadOnlySpan<byte> bytes)
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
                return new ElfLayout(ExecutionMode.Bits64);
            case (1, 1):
                return new ElfLayout(ExecutionMode.Bits32);
            case (1 or 2, 2):
                throw reader.Refuse("big-endian ELF file; only x86 files can be probed");
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

    private static void CheckKind(ElfReader reader, ReadOnlySpan<byte> bytes, ElfLayout layout)
    {
        ushort machine = BinaryPrimitives.ReadUInt16LittleEndian(bytes[18..]);
        if (layout.Is32Bit && machine != I386)
        {
            string what = machine == MachineNames.X64 ? "x32 (x86-64 with 32-bit addresses)" : MachineNames.NameOf(machine);
            throw reader.Refuse($"32-bit ELF file (ELFCLASS32) for {what}, not for Intel 80386");
        }

        if (!layout.Is32Bit && machine != MachineNames.X64)
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

    private static ElfHeader Parse(ElfReader reader, ReadOnlySpan<byte> bytes, ElfLayout layout)
    {
        // Behind the three addresses all fields have the same size in both classes.
        ReadOnlySpan<byte> words = bytes[24..];
        ReadOnlySpan<byte> counts = words[(3 * layout.WordSize)..];
        var header = new ElfHeader(
            layout,
            (ElfType)BinaryPrimitives.ReadUInt16LittleEndian(bytes[16..]),
            layout.Word(words, 0),
            layout.Word(words, 1),
            BinaryPrimitives.ReadUInt16LittleEndian(counts[8..]),
            layout.Word(words, 2),
            BinaryPrimitives.ReadUInt16LittleEndian(counts[12..]),
            BinaryPrimitives.ReadUInt16LittleEndian(counts[14..]));
        ushort programEntry = BinaryPrimitives.ReadUInt16LittleEndian(counts[6..]);
        ushort sectionEntry = BinaryPrimitives.ReadUInt16LittleEndian(counts[10..]);
        if (header.ProgramHeaderCount != 0 && programEntry != layout.ProgramHeaderBytes)
        {
            throw reader.Refuse($"corrupt ELF file: program headers of {programEntry} bytes");
        }

        if (header.SectionHeaderOffset == 0)
        {
            return header with { SectionHeaderCount = 0 };
        }

        return sectionEntry == layout.SectionHeaderBytes
            ? ResolveCounts(reader, header)
            : throw reader.Refuse($"corrupt ELF file: section headers of {sectionEntry} bytes");
    }

    private static ElfHeader ResolveCounts(ElfReader reader, ElfHeader header)
    {
        bool programs = header.ProgramHeaderCount == CountInSectionZero;
        bool sections = header.SectionHeaderCount == 0;
        bool names = header.SectionNameIndex == CountInSectionZero;
        Span<byte> bytes = stackalloc byte[header.Layout.SectionHeaderBytes];
        if (!(programs || sections || names) || !reader.TryRead(header.SectionHeaderOffset, bytes))
        {
            return header;
        }

        var zero = SectionHeader.Parse(header.Layout, bytes);
        return header with
        {
            ProgramHeaderCount = programs ? zero.Info : header.ProgramHeaderCount,
            SectionHeaderCount = sections ? (uint)Math.Min(zero.Size, uint.MaxValue) : header.SectionHeaderCount,
            SectionNameIndex = names ? zero.Link : header.SectionNameIndex,
        };
    }
}
