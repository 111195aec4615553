using System;
using System.Text;

namespace ManagedUprobe.Elf;

/// <summary>.symtab or .dynsym with its strings. Names stay bytes until a symbol is asked for.</summary>
internal sealed class SymbolTable
{
    private readonly ElfLayout _layout;
    private readonly byte[] _entries;
    private readonly byte[] _strings;
    private readonly SymbolVersions? _versions;

    private SymbolTable(ElfLayout layout, byte[] entries, byte[] strings, SymbolVersions? versions)
    {
        _layout = layout;
        _entries = entries;
        _strings = strings;
        _versions = versions;
    }

    /// <summary>Entries of the table, the empty first one included.</summary>
    public int Count => _entries.Length / _layout.SymbolBytes;

    /// <summary>Reads .symtab; null when it was stripped.</summary>
    public static SymbolTable? ReadStatic(ElfLayout layout, SectionTable sections)
    {
        bool found = sections.TryFind(SectionType.SymbolTable, out SectionHeader symbols);
        return found && sections.TryGet(symbols.Link, out SectionHeader strings)
            ? new SymbolTable(
                layout,
                sections.ReadContents(symbols, "the symbol table"),
                sections.ReadContents(strings, "the string table of the symbols"),
                null)
            : null;
    }

    /// <summary>Reads .dynsym by way of the dynamic section; null when there is none.</summary>
    public static SymbolTable? ReadDynamic(ElfImage image, DynamicSection dynamic, uint count)
    {
        if (count == 0 || !dynamic.TryGet(DynamicTag.SymbolTable, out ulong vaddr))
        {
            return null;
        }

        byte[] entries = image.ReadTableAt(vaddr, count * (ulong)image.Header.Layout.SymbolBytes, "the dynamic symbol table");
        return new SymbolTable(image.Header.Layout, entries, dynamic.Strings, SymbolVersions.Read(image, dynamic, count));
    }

    /// <summary>The entry at an index below <see cref="Count"/>.</summary>
    public SymbolEntry this[int index] => SymbolEntry.Parse(_layout, _entries.AsSpan(index * _layout.SymbolBytes));

    /// <summary>The name without a version. A linker writes versions of .symtab into the name: <c>foo@@V1</c>.</summary>
    public ReadOnlySpan<byte> NameOf(SymbolEntry entry)
    {
        ReadOnlySpan<byte> name = ElfImage.StringBytes(_strings, entry.NameOffset);
        int at = VersionStart(name);
        return at < 0 ? name : name[..at];
    }

    /// <summary>The version of the entry at <paramref name="index"/>; empty when it has none.</summary>
    public ReadOnlySpan<byte> VersionOf(int index, SymbolEntry entry, out bool isDefault)
    {
        isDefault = false;
        if (_versions is not null)
        {
            return _versions.TryGet(index, out uint nameOffset, out isDefault)
                ? ElfImage.StringBytes(_strings, nameOffset)
                : default;
        }

        ReadOnlySpan<byte> name = ElfImage.StringBytes(_strings, entry.NameOffset);
        int at = VersionStart(name);
        if (at < 0)
        {
            return default;
        }

        isDefault = name[at..].StartsWith("@@"u8);
        return name[(at + (isDefault ? 2 : 1))..];
    }

    /// <summary>The symbol of the entry at <paramref name="index"/>, loaded at file offset <paramref name="offset"/>.</summary>
    public ElfSymbol Materialize(int index, ulong offset)
    {
        SymbolEntry entry = this[index];
        ReadOnlySpan<byte> version = VersionOf(index, entry, out bool isDefault);
        return new ElfSymbol(
            Encoding.UTF8.GetString(NameOf(entry)),
            version.IsEmpty ? null : Encoding.UTF8.GetString(version),
            isDefault && !version.IsEmpty,
            entry.Vaddr,
            offset,
            entry.Size,
            entry.Kind,
            entry.Binding);
    }

    private static int VersionStart(ReadOnlySpan<byte> name)
    {
        int at = name.IndexOf((byte)'@');
        return at > 0 && at + 1 < name.Length ? at : -1;
    }
}
