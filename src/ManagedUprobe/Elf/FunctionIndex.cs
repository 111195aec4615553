using System;
using System.Collections.Generic;

namespace ManagedUprobe.Elf;

/// <summary>All functions by address, to find the one around a file offset.</summary>
internal sealed class FunctionIndex
{
    private readonly ElfImage _image;
    private readonly SectionTable _sections;
    private readonly IReadOnlyList<SymbolTable> _tables;
    private readonly Extent[] _extents;

    public FunctionIndex(ElfImage image, SectionTable sections, IReadOnlyList<SymbolTable> tables)
    {
        _image = image;
        _sections = sections;
        _tables = tables;
        _extents = Gather();
        Array.Sort(_extents, static (a, b) => a.Start.CompareTo(b.Start));
        CloseOpenExtents();
        NoteFarthestEnds();
    }

    /// <summary>The function whose extent holds <paramref name="offset"/>; of nested ones the innermost, of aliases the best known.</summary>
    public bool TryFind(ulong offset, out ElfSymbol? symbol)
    {
        symbol = null;
        if (!_image.Segments.TryOffsetToVaddr(offset, out ulong vaddr))
        {
            return false;
        }

        ulong start = 0;
        for (int i = LastStartingUpTo(vaddr); i >= 0 && _extents[i].FarthestEnd > vaddr; i--)
        {
            if (symbol is not null && _extents[i].Start != start)
            {
                break;
            }

            if (_extents[i].End > vaddr && Materialize(_extents[i]) is { } candidate && IsBetter(candidate, symbol))
            {
                symbol = candidate;
                start = _extents[i].Start;
            }
        }

        return symbol is not null;
    }

    private Extent[] Gather()
    {
        var extents = new List<Extent>();
        for (int t = 0; t < _tables.Count; t++)
        {
            for (int i = 0; i < _tables[t].Count; i++)
            {
                SymbolEntry entry = _tables[t][i];
                if (entry.IsFunction && entry.NameOffset != 0 && _image.Segments.TryFindEnd(entry.Vaddr, out ulong limit))
                {
                    ulong size = Math.Min(entry.Size, limit - entry.Vaddr);
                    extents.Add(new Extent(entry.Vaddr, entry.Vaddr + size, t, i));
                }
            }
        }

        return [.. extents];
    }

    // A function of size 0 (assembly) reaches to the next one, or to the end of its section.
    private void CloseOpenExtents()
    {
        ulong next = ulong.MaxValue;
        for (int i = _extents.Length - 1; i >= 0; i--)
        {
            if (i + 1 < _extents.Length && _extents[i + 1].Start != _extents[i].Start)
            {
                next = _extents[i + 1].Start;
            }

            if (_extents[i].End == _extents[i].Start)
            {
                _extents[i].End = Math.Min(next, RegionEnd(_extents[i].Start));
            }
        }
    }

    private ulong RegionEnd(ulong vaddr)
    {
        if (_sections.TryFindCodeEnd(vaddr, out ulong end))
        {
            return end;
        }

        return _image.Segments.TryFindEnd(vaddr, out end) ? end : vaddr;
    }

    private void NoteFarthestEnds()
    {
        ulong farthest = 0;
        foreach (ref Extent extent in _extents.AsSpan())
        {
            farthest = Math.Max(farthest, extent.End);
            extent.FarthestEnd = farthest;
        }
    }

    private int LastStartingUpTo(ulong vaddr)
    {
        int low = 0;
        int high = _extents.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_extents[middle].Start <= vaddr)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low - 1;
    }

    private ElfSymbol? Materialize(Extent extent) => _image.Segments.TryVaddrToOffset(extent.Start, out ulong offset)
        ? _tables[extent.Table].Materialize(extent.Symbol, offset) with { Size = extent.End - extent.Start }
        : null;

    private static bool IsBetter(ElfSymbol candidate, ElfSymbol? known)
    {
        if (known is null)
        {
            return true;
        }

        int order = Rank(candidate).CompareTo(Rank(known));
        return order != 0 ? order < 0 : string.CompareOrdinal(candidate.FullName, known.FullName) < 0;
    }

    // Of the names of one address, the one that a user would type: public, without underscores, current.
    private static int Rank(ElfSymbol symbol)
    {
        int underscores = symbol.Name.AsSpan().IndexOfAnyExcept('_');
        int old = symbol is { Version: not null, IsDefaultVersion: false } ? 8 : 0;
        int local = symbol.Binding == SymbolBinding.Local ? 4 : 0;
        return old + local + Math.Clamp(underscores, 0, 3);
    }

    private record struct Extent(ulong Start, ulong End, int Table, int Symbol)
    {
        public ulong FarthestEnd { get; set; }
    }
}
