using System;
using System.Buffers.Binary;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Elf;

/// <summary>The sizes that differ between the two classes of ELF files, and words of either size.</summary>
/// <param name="Mode">The mode that the code of the file is for.</param>
internal readonly record struct ElfLayout(ExecutionMode Mode)
{
    /// <summary>Whether the file is of class ELFCLASS32.</summary>
    public bool Is32Bit => Mode == ExecutionMode.Bits32;

    /// <summary>Bytes of an address (Elf64_Addr, Elf32_Addr).</summary>
    public int WordSize => Mode.WordSize();

    /// <summary>Bytes of the file header.</summary>
    public int HeaderBytes => Is32Bit ? 52 : 64;

    /// <summary>Bytes of a program header.</summary>
    public int ProgramHeaderBytes => Is32Bit ? 32 : 56;

    /// <summary>Bytes of a section header.</summary>
    public int SectionHeaderBytes => Is32Bit ? 40 : 64;

    /// <summary>Bytes of a symbol.</summary>
    public int SymbolBytes => Is32Bit ? 16 : 24;

    /// <summary>Reads a word.</summary>
    public ulong Word(ReadOnlySpan<byte> bytes) =>
        Is32Bit ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt64LittleEndian(bytes);

    /// <summary>Reads the word with this number in a row of words.</summary>
    public ulong Word(ReadOnlySpan<byte> bytes, int index) => Word(bytes[(index * WordSize)..]);
}
