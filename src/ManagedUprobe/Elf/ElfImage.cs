using System;
using System.Text;

namespace ManagedUprobe.Elf;

/// <summary>An opened file with its headers: what the readers of single tables work on.</summary>
internal sealed class ElfImage
{
    public ElfImage(ElfReader reader)
    {
        Reader = reader;
        Header = ElfHeader.Read(reader);
        Segments = ElfSegments.Read(reader, Header);
    }

    public ElfReader Reader { get; }

    public ElfHeader Header { get; }

    public ElfSegments Segments { get; }

    /// <summary>Reads a table that the dynamic section names by its address.</summary>
    public byte[] ReadTableAt(ulong vaddr, ulong size, string what) => Reader.ReadTable(OffsetOf(vaddr, what), size, what);

    /// <summary>The file offset of a table that the dynamic section names by its address.</summary>
    public ulong OffsetOf(ulong vaddr, string what) => Segments.TryVaddrToOffset(vaddr, out ulong offset)
        ? offset
        : throw Reader.Refuse($"corrupt ELF file: {what} at address 0x{vaddr:x} is in no segment");

    /// <summary>The bytes of the string at <paramref name="offset"/>, without its NUL; empty outside the table.</summary>
    public static ReadOnlySpan<byte> StringBytes(ReadOnlySpan<byte> table, ulong offset)
    {
        if (offset >= (ulong)table.Length)
        {
            return default;
        }

        ReadOnlySpan<byte> rest = table[(int)offset..];
        int end = rest.IndexOf((byte)0);
        return end < 0 ? rest : rest[..end];
    }

    /// <summary>The string at <paramref name="offset"/>; empty outside the table.</summary>
    public static string StringAt(ReadOnlySpan<byte> table, ulong offset) =>
        Encoding.UTF8.GetString(StringBytes(table, offset));
}
