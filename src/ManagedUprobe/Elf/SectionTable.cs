using System;
using System.Collections.Generic;

namespace ManagedUprobe.Elf;

/// <summary>The section headers; empty in a file that was stripped of them.</summary>
internal sealed class SectionTable
{
    private readonly ElfImage _image;
    private readonly SectionHeader[] _headers;
    private byte[]? _names;

    private SectionTable(ElfImage image, SectionHeader[] headers)
    {
        _image = image;
        _headers = headers;
    }

    /// <summary>All section headers, in file order.</summary>
    public IReadOnlyList<SectionHeader> All => _headers;

    /// <summary>Reads the section headers.</summary>
    public static SectionTable Read(ElfImage image)
    {
        ElfHeader header = image.Header;
        if (header.SectionHeaderCount > ElfLimits.MaxSectionHeaders)
        {
            throw image.Reader.Refuse($"ELF file with {header.SectionHeaderCount} section headers");
        }

        ulong size = header.SectionHeaderCount * (ulong)header.Layout.SectionHeaderBytes;
        byte[] table = image.Reader.ReadTable(header.SectionHeaderOffset, size, "the table of section headers");
        var headers = new SectionHeader[header.SectionHeaderCount];
        for (int i = 0; i < headers.Length; i++)
        {
            headers[i] = SectionHeader.Parse(header.Layout, table.AsSpan(i * header.Layout.SectionHeaderBytes));
        }

        return new SectionTable(image, headers);
    }

    /// <summary>The first section of a type.</summary>
    public bool TryFind(SectionType type, out SectionHeader section)
    {
        section = Array.Find(_headers, candidate => candidate.Type == type);
        return section.Type == type;
    }

    /// <summary>The first section of a name.</summary>
    public bool TryFind(ReadOnlySpan<byte> name, out SectionHeader section)
    {
        foreach (SectionHeader candidate in _headers)
        {
            if (NameOf(candidate).SequenceEqual(name))
            {
                section = candidate;
                return true;
            }
        }

        section = default;
        return false;
    }

    /// <summary>The section at an index (sh_link of another one).</summary>
    public bool TryGet(uint index, out SectionHeader section)
    {
        bool found = index < (uint)_headers.Length;
        section = found ? _headers[index] : default;
        return found;
    }

    /// <summary>End of the code section that holds <paramref name="vaddr"/>.</summary>
    public bool TryFindCodeEnd(ulong vaddr, out ulong end)
    {
        const SectionFlags Code = SectionFlags.Alloc | SectionFlags.Execute;
        foreach (ref readonly SectionHeader section in _headers.AsSpan())
        {
            bool holds = (section.Flags & Code) == Code && vaddr >= section.Vaddr && vaddr - section.Vaddr < section.Size;
            if (holds && section.Size <= ulong.MaxValue - section.Vaddr)
            {
                end = section.Vaddr + section.Size;
                return true;
            }
        }

        end = 0;
        return false;
    }

    /// <summary>Reads the contents of a section; empty for one without bytes in the file.</summary>
    public byte[] ReadContents(SectionHeader section, string what) =>
        section.Type == SectionType.NoBits ? [] : _image.Reader.ReadTable(section.Offset, section.Size, what);

    private ReadOnlySpan<byte> NameOf(SectionHeader section)
    {
        _names ??= TryGet(_image.Header.SectionNameIndex, out SectionHeader names)
            ? ReadContents(names, "the names of the sections")
            : [];
        return ElfImage.StringBytes(_names, section.NameOffset);
    }
}
