using System;
using System.Collections.Generic;

namespace ManagedUprobe.Elf;

/// <summary>The functions of a file, from .symtab and .dynsym together, each once.</summary>
internal sealed class FunctionSymbols
{
    private readonly ElfImage _image;
    private readonly SectionTable _sections;
    private readonly List<SymbolTable> _tables = [];
    private FunctionIndex? _index;

    /// <summary>Joins the tables; <paramref name="dynamicSymbols"/> goes first, because it knows the versions.</summary>
    public FunctionSymbols(ElfImage image, SectionTable sections, SymbolTable? dynamicSymbols, SymbolTable? staticSymbols)
    {
        _image = image;
        _sections = sections;
        foreach (SymbolTable? table in (ReadOnlySpan<SymbolTable?>)[dynamicSymbols, staticSymbols])
        {
            if (table is not null)
            {
                _tables.Add(table);
            }
        }
    }

    /// <summary>The tables that are joined.</summary>
    public IReadOnlyList<SymbolTable> Tables => _tables;

    /// <summary>The functions that a name or pattern means, by address; none is not an error.</summary>
    /// <remarks>Without a version the default version is meant, or, for a name that has none, all its versions.</remarks>
    public IReadOnlyList<ElfSymbol> Find(string nameOrPattern)
    {
        var pattern = SymbolPattern.Parse(nameOrPattern);
        List<ElfSymbol> found = Scan(pattern, literal: true, labels: false);

        // Some languages have stars in their names (main.(*T).Run): the literal name goes before the pattern.
        return found.Count == 0 && pattern.IsGlob ? Scan(pattern, literal: false, labels: false) : found;
    }

    /// <summary>The symbols without a type (labels of assembly) of this very name.</summary>
    public IReadOnlyList<ElfSymbol> FindLabels(string name) => Scan(SymbolPattern.Parse(name), literal: true, labels: true);

    /// <summary>All functions, by address, every version of each.</summary>
    public IReadOnlyList<ElfSymbol> All()
    {
        var symbols = new SymbolSet();
        var everything = SymbolPattern.Parse("*");
        foreach (SymbolTable table in _tables)
        {
            Collect(table, everything, literal: false, labels: false, symbols);
        }

        return symbols.ToSorted(defaultVersionsOnly: false);
    }

    /// <summary>The function whose extent holds a file offset; its size is the extent (never 0).</summary>
    public bool TryFindAt(ulong offset, out ElfSymbol? symbol)
    {
        _index ??= new FunctionIndex(_image, _sections, _tables);
        return _index.TryFind(offset, out symbol);
    }

    private List<ElfSymbol> Scan(SymbolPattern pattern, bool literal, bool labels)
    {
        var symbols = new SymbolSet();
        foreach (SymbolTable table in _tables)
        {
            Collect(table, pattern, literal, labels, symbols);
        }

        return symbols.ToSorted(defaultVersionsOnly: !pattern.HasVersion);
    }

    private void Collect(SymbolTable table, SymbolPattern pattern, bool literal, bool labels, SymbolSet symbols)
    {
        for (int i = 0; i < table.Count; i++)
        {
            SymbolEntry entry = table[i];
            bool wanted = labels ? entry.Kind == SymbolKind.Label && entry.IsDefined : entry.IsFunction;
            if (!wanted || entry.NameOffset == 0 || !pattern.MatchesName(table.NameOf(entry), literal))
            {
                continue;
            }

            ReadOnlySpan<byte> version = table.VersionOf(i, entry, out bool isDefault);
            if (pattern.MatchesVersion(version, isDefault) && _image.Segments.TryVaddrToOffset(entry.Vaddr, out ulong offset))
            {
                symbols.Add(table.Materialize(i, offset));
            }
        }
    }
}
