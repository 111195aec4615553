using System.Collections.Generic;

namespace ManagedUprobe.Elf;

/// <summary>Symbols gathered from .dynsym, then .symtab, without double entries.</summary>
internal sealed class SymbolSet
{
    private readonly List<ElfSymbol> _symbols = [];
    private readonly HashSet<(string Name, ulong Vaddr, string? Version)> _seen = [];

    /// <summary>Adds a symbol unless it is there.</summary>
    public void Add(ElfSymbol symbol)
    {
        if (!_seen.Add((symbol.Name, symbol.Vaddr, symbol.Version)))
        {
            return;
        }

        // .symtab mostly gives the plain name of what .dynsym has with a version.
        _seen.Add((symbol.Name, symbol.Vaddr, null));
        _symbols.Add(symbol);
    }

    /// <summary>The symbols by address, then name.</summary>
    /// <param name="defaultVersionsOnly">Leave out versions of a name that has a default one (or one without a version).</param>
    public List<ElfSymbol> ToSorted(bool defaultVersionsOnly)
    {
        if (defaultVersionsOnly)
        {
            RemoveOldVersions();
        }

        _symbols.Sort(Compare);
        return _symbols;
    }

    private void RemoveOldVersions()
    {
        var current = new HashSet<string>();
        foreach (ElfSymbol symbol in _symbols)
        {
            if (IsCurrent(symbol))
            {
                current.Add(symbol.Name);
            }
        }

        _symbols.RemoveAll(symbol => !IsCurrent(symbol) && current.Contains(symbol.Name));
    }

    private static bool IsCurrent(ElfSymbol symbol) => symbol.Version is null || symbol.IsDefaultVersion;

    private static int Compare(ElfSymbol a, ElfSymbol b)
    {
        int byVaddr = a.Vaddr.CompareTo(b.Vaddr);
        return byVaddr != 0 ? byVaddr : string.CompareOrdinal(a.FullName, b.FullName);
    }
}
