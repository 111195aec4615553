using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Elf;

/// <summary>The relocations that put addresses of functions into slots: where a running process keeps what an IFUNC resolved to.</summary>
internal sealed class RelocationTable
{
    public const int EntryBytes = 24;

    private readonly IReadOnlyList<byte[]> _tables;
    private readonly SymbolTable? _symbols;

    /// <summary>Takes the tables of <see cref="ReadTables"/> and the symbols that they refer to.</summary>
    public RelocationTable(IReadOnlyList<byte[]> tables, SymbolTable? symbols)
    {
        _tables = tables;
        _symbols = symbols;
    }

    /// <summary>Reads the tables that the dynamic section names, or, in a static program, the allocated RELA sections.</summary>
    public static IReadOnlyList<byte[]> ReadTables(ElfImage image, SectionTable sections, DynamicSection dynamic)
    {
        var tables = new List<byte[]>();
        if (image.Header.Layout.Is32Bit)
        {
            // i386 has REL entries, which keep half of what they say in the data.
            return tables;
        }

        Add(tables, image, dynamic, DynamicTag.Rela, DynamicTag.RelaSize);
        Add(tables, image, dynamic, DynamicTag.JmpRel, DynamicTag.PltRelSize);
        if (tables.Count != 0)
        {
            return tables;
        }

        foreach (SectionHeader section in sections.All)
        {
            if (section.Type == SectionType.Rela && section.Flags.HasFlag(SectionFlags.Alloc))
            {
                tables.Add(sections.ReadContents(section, "a table of relocations"));
            }
        }

        return tables;
    }

    /// <summary>The symbol that an entry (Elf64_Rela) refers to, 0 for none.</summary>
    public static uint SymbolIndexOf(ReadOnlySpan<byte> entry) => BinaryPrimitives.ReadUInt32LittleEndian(entry[12..]);

    /// <summary>The slots of this file that get what the IFUNC resolver at <paramref name="resolverVaddr"/> returns.</summary>
    public IReadOnlyList<RelocationSlot> FindResolved(ulong resolverVaddr)
    {
        var slots = new List<RelocationSlot>();
        foreach (byte[] table in _tables)
        {
            for (ReadOnlySpan<byte> rest = table; rest.Length >= EntryBytes; rest = rest[EntryBytes..])
            {
                bool resolved = TypeOf(rest) == RelocationType.IRelative
                    && BinaryPrimitives.ReadUInt64LittleEndian(rest[16..]) == resolverVaddr;
                if (resolved)
                {
                    slots.Add(new RelocationSlot(VaddrOf(rest), RelocationType.IRelative, string.Empty, null));
                }
            }
        }

        return slots;
    }

    /// <summary>The slots of this file that get the address of a symbol, its own or imported; each with the version asked for.</summary>
    public IReadOnlyList<RelocationSlot> FindSlots(string symbol)
    {
        byte[] name = Encoding.UTF8.GetBytes(symbol);
        var slots = new List<RelocationSlot>();
        foreach (byte[] table in _tables)
        {
            CollectSlots(table, name, slots);
        }

        return slots;
    }

    /// <summary>Puts the addresses of R_X86_64_RELATIVE, as the file gives them, into bytes read from <paramref name="vaddr"/> on.</summary>
    public void Apply(ulong vaddr, Span<byte> contents)
    {
        var covered = new AddressRange(vaddr, (ulong)Math.Max(0, contents.Length - sizeof(ulong) + 1));
        foreach (byte[] table in _tables)
        {
            for (ReadOnlySpan<byte> rest = table; rest.Length >= EntryBytes; rest = rest[EntryBytes..])
            {
                if (TypeOf(rest) == RelocationType.Relative && covered.Contains(VaddrOf(rest)))
                {
                    rest[16..EntryBytes].CopyTo(contents[(int)(VaddrOf(rest) - vaddr)..]);
                }
            }
        }
    }

    private void CollectSlots(ReadOnlySpan<byte> table, byte[] name, List<RelocationSlot> slots)
    {
        for (; table.Length >= EntryBytes; table = table[EntryBytes..])
        {
            RelocationType type = TypeOf(table);
            uint index = SymbolIndexOf(table);
            if (type is not (RelocationType.GlobDat or RelocationType.JumpSlot) || _symbols is null || index >= _symbols.Count)
            {
                continue;
            }

            SymbolEntry entry = _symbols[(int)index];
            if (_symbols.NameOf(entry).SequenceEqual(name))
            {
                ElfSymbol symbol = _symbols.Materialize((int)index, 0);
                slots.Add(new RelocationSlot(VaddrOf(table), type, symbol.Name, symbol.Version));
            }
        }
    }

    private static void Add(
        List<byte[]> tables, ElfImage image, DynamicSection dynamic, DynamicTag table, DynamicTag size)
    {
        if (dynamic.TryGet(table, out ulong vaddr) && dynamic.ValueOf(size) is > 0 and ulong bytes)
        {
            tables.Add(image.ReadTableAt(vaddr, bytes, "a table of relocations"));
        }
    }

    private static ulong VaddrOf(ReadOnlySpan<byte> entry) => BinaryPrimitives.ReadUInt64LittleEndian(entry);

    private static RelocationType TypeOf(ReadOnlySpan<byte> entry) =>
        (RelocationType)BinaryPrimitives.ReadUInt32LittleEndian(entry[8..]);
}
