using System;
using System.Buffers.Binary;

namespace ManagedUprobe.Tests.Elf;

/// <summary>The smallest file that opens: a header and one executable segment that is the whole file.</summary>
internal static class MinimalElf
{
    public const int ProgramHeaderAt = 64;
    public const int Length = 256;

    public static byte[] Build()
    {
        byte[] file = new byte[Length];
        "\u007fELF"u8.CopyTo(file);
        file[4] = 2; // ELFCLASS64
        file[5] = 1; // ELFDATA2LSB
        file[6] = 1; // EV_CURRENT
        Put16(file, 16, 3); // ET_DYN
        Put16(file, 18, 62); // EM_X86_64
        Put64(file, 24, 0x10c0); // e_entry
        Put64(file, 32, ProgramHeaderAt); // e_phoff
        Put16(file, 54, 56); // e_phentsize
        Put16(file, 56, 1); // e_phnum
        Put16(file, 58, 64); // e_shentsize
        PutSegment(file, 0, type: 1, offset: 0, vaddr: 0x1000, size: Length);
        return file;
    }

    public static void PutSegment(byte[] file, int index, uint type, ulong offset, ulong vaddr, ulong size)
    {
        int at = ProgramHeaderAt + (index * 56);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at), type);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at + 4), 5); // PF_R | PF_X
        Put64(file, at + 8, offset);
        Put64(file, at + 16, vaddr);
        Put64(file, at + 32, size);
        Put64(file, at + 40, size);
        Put64(file, at + 48, 0x1000);
    }

    public static void Put16(byte[] file, int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(at), value);

    public static void Put32(byte[] file, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at), value);

    public static void Put64(byte[] file, int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(at), value);
}
