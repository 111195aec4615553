using System;
using System.Collections.Generic;

namespace ManagedUprobe.Elf;

/// <summary>PT_DYNAMIC: what the dynamic linker reads, present also when section headers were stripped.</summary>
internal sealed class DynamicSection
{
    // DF_1_NODEFLIB: neither the cache nor the default directories are searched.
    private const ulong NoDefaultLibraries = 0x800;

    private readonly ElfImage _image;
    private readonly Dictionary<DynamicTag, ulong> _values = [];
    private readonly List<ulong> _needed = [];
    private byte[]? _strings;

    private DynamicSection(ElfImage image) => _image = image;

    /// <summary>DT_NEEDED, in order.</summary>
    public IReadOnlyList<string> Needed => _needed.ConvertAll(StringAt);

    public string? SoName => StringOf(DynamicTag.SoName);

    public string? RPath => StringOf(DynamicTag.RPath);

    public string? RunPath => StringOf(DynamicTag.RunPath);

    /// <summary>Whether the linker searches neither its cache nor the default directories (DF_1_NODEFLIB).</summary>
    public bool IgnoresDefaultDirectories => (ValueOf(DynamicTag.Flags1) & NoDefaultLibraries) != 0;

    /// <summary>The string table (.dynstr), empty when there is none.</summary>
    public byte[] Strings => _strings ??= TryGet(DynamicTag.StringTable, out ulong vaddr)
        ? _image.ReadTableAt(vaddr, ValueOf(DynamicTag.StringTableSize), "the dynamic string table")
        : [];

    /// <summary>Reads the dynamic section; without one, all values are absent.</summary>
    public static DynamicSection Read(ElfImage image)
    {
        var section = new DynamicSection(image);
        if (!image.Segments.TryFind(SegmentType.Dynamic, out ProgramHeader header))
        {
            return section;
        }

        ReadOnlySpan<byte> table = image.Reader.ReadTable(
            header.Offset, header.FileSize, "the dynamic section", ElfLimits.MaxDynamicBytes);
        ElfLayout layout = image.Header.Layout;
        int entryBytes = 2 * layout.WordSize;
        for (; table.Length >= entryBytes; table = table[entryBytes..])
        {
            var tag = (DynamicTag)unchecked((long)layout.Word(table));
            if (tag == DynamicTag.Null)
            {
                break;
            }

            section.Add(tag, layout.Word(table, 1));
        }

        return section;
    }

    /// <summary>The value of a tag, 0 when it is absent.</summary>
    public ulong ValueOf(DynamicTag tag) => _values.GetValueOrDefault(tag);

    /// <summary>The value of a tag, if it is present.</summary>
    public bool TryGet(DynamicTag tag, out ulong value) => _values.TryGetValue(tag, out value);

    private void Add(DynamicTag tag, ulong value)
    {
        if (tag == DynamicTag.Needed)
        {
            _needed.Add(value);
            return;
        }

        _values[tag] = value;
    }

    private string? StringOf(DynamicTag tag) => TryGet(tag, out ulong offset) ? StringAt(offset) : null;

    private string StringAt(ulong offset) => ElfImage.StringAt(Strings, offset);
}
