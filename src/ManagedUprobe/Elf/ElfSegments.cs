using System;
using System.Collections.Generic;

namespace ManagedUprobe.Elf;

/// <summary>The program headers: which bytes of the file are mapped where.</summary>
internal sealed class ElfSegments
{
    private readonly ProgramHeader[] _headers;

    private ElfSegments(ProgramHeader[] headers) => _headers = headers;

    /// <summary>All program headers, in file order.</summary>
    public IReadOnlyList<ProgramHeader> All => _headers;

    /// <summary>Reads and checks the program headers.</summary>
    public static ElfSegments Read(ElfReader reader, ElfHeader header)
    {
        if (header.ProgramHeaderCount is 0 or > ElfLimits.MaxProgramHeaders)
        {
            throw reader.Refuse($"ELF file with {header.ProgramHeaderCount} program headers cannot be loaded");
        }

        ulong size = header.ProgramHeaderCount * (ulong)header.Layout.ProgramHeaderBytes;
        byte[] table = reader.ReadTable(header.ProgramHeaderOffset, size, "the table of program headers");
        var headers = new ProgramHeader[header.ProgramHeaderCount];
        for (int i = 0; i < headers.Length; i++)
        {
            headers[i] = ProgramHeader.Parse(header.Layout, table.AsSpan(i * header.Layout.ProgramHeaderBytes));
            Check(reader, headers[i], i);
        }

        return new ElfSegments(headers);
    }

    /// <summary>The first header of a type.</summary>
    public bool TryFind(SegmentType type, out ProgramHeader header)
    {
        header = Array.Find(_headers, candidate => candidate.Type == type);
        return header.Type == type;
    }

    /// <summary>The file offset whose byte is loaded at <paramref name="vaddr"/> of the file's own address space.</summary>
    public bool TryVaddrToOffset(ulong vaddr, out ulong offset)
    {
        foreach (ref readonly ProgramHeader header in _headers.AsSpan())
        {
            if (header.Type == SegmentType.Load && vaddr >= header.Vaddr && vaddr - header.Vaddr < header.FileSize)
            {
                offset = header.Offset + (vaddr - header.Vaddr);
                return true;
            }
        }

        offset = 0;
        return false;
    }

    /// <summary>Where the byte at <paramref name="offset"/> is loaded; an executable segment goes before others.</summary>
    public bool TryOffsetToVaddr(ulong offset, out ulong vaddr)
    {
        vaddr = 0;
        bool found = false;
        foreach (ref readonly ProgramHeader header in _headers.AsSpan())
        {
            if (header.Type != SegmentType.Load || offset < header.Offset || offset - header.Offset >= header.FileSize)
            {
                continue;
            }

            bool executable = header.Flags.HasFlag(SegmentFlags.Execute);
            if (!found || executable)
            {
                vaddr = header.Vaddr + (offset - header.Offset);
                found = true;
            }

            if (executable)
            {
                break;
            }
        }

        return found;
    }

    /// <summary>End of the file-backed part of the segment that holds <paramref name="vaddr"/>.</summary>
    public bool TryFindEnd(ulong vaddr, out ulong end)
    {
        end = 0;
        foreach (ref readonly ProgramHeader header in _headers.AsSpan())
        {
            if (header.Type == SegmentType.Load && vaddr >= header.Vaddr && vaddr - header.Vaddr < header.FileSize)
            {
                end = header.Vaddr + header.FileSize;
                return true;
            }
        }

        return false;
    }

    private static void Check(ElfReader reader, ProgramHeader header, int index)
    {
        if (header.Type != SegmentType.Load)
        {
            return;
        }

        if (!reader.Contains(header.Offset, header.FileSize))
        {
            throw reader.Truncated($"segment {index} at offset 0x{header.Offset:x} with 0x{header.FileSize:x} bytes");
        }

        if (Math.Max(header.FileSize, header.MemorySize) > ulong.MaxValue - header.Vaddr)
        {
            throw reader.Refuse($"corrupt ELF file: segment {index} wraps around the address space");
        }
    }
}
