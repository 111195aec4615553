using System;
using System.Buffers.Binary;
using System.Collections.Generic;

namespace ManagedUprobe.Elf;

/// <summary>How many symbols DT_SYMTAB has: PT_DYNAMIC does not say, a section header or the hash tables do.</summary>
internal static class DynamicSymbolCount
{
    private const int GnuHeaderBytes = 16;

    /// <summary>Finds the count; 0 when nothing tells it.</summary>
    public static uint Find(ElfImage image, SectionTable sections, DynamicSection dynamic)
    {
        if (sections.TryFind(SectionType.DynamicSymbols, out SectionHeader section))
        {
            return (uint)Math.Min(section.Size / (uint)image.Header.Layout.SymbolBytes, uint.MaxValue);
        }

        var window = new ElfWindow(image.Reader);
        if (dynamic.TryGet(DynamicTag.Hash, out ulong hash))
        {
            return FromHash(image, window, image.OffsetOf(hash, "the symbol hash table"));
        }

        // The GNU table leaves out imported symbols: a program that exports nothing has them in relocations alone.
        uint hashed = dynamic.TryGet(DynamicTag.GnuHash, out ulong gnuHash)
            ? FromGnuHash(image, window, image.OffsetOf(gnuHash, "the GNU symbol hash table"))
            : 0;
        return Math.Max(hashed, FromRelocations(RelocationTable.ReadTables(image, sections, dynamic)));
    }

    private static uint FromRelocations(IReadOnlyList<byte[]> tables)
    {
        uint highest = 0;
        foreach (byte[] table in tables)
        {
            ReadOnlySpan<byte> rest = table;
            for (; rest.Length >= RelocationTable.EntryBytes; rest = rest[RelocationTable.EntryBytes..])
            {
                highest = Math.Max(highest, RelocationTable.SymbolIndexOf(rest));
            }
        }

        return highest == 0 ? 0 : (uint)Math.Min(highest + 1UL, uint.MaxValue);
    }

    // nbucket, nchain; there is one chain entry a symbol.
    private static uint FromHash(ElfImage image, ElfWindow window, ulong offset) =>
        window.TryGet(offset, 8, out ReadOnlySpan<byte> bytes)
            ? BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..])
            : throw image.Reader.Truncated("the symbol hash table");

    // nbuckets, symoffset, bloom_size, bloom_shift, bloom words, buckets, chains. The symbols are sorted by bucket: the last
    // one ends the chain that starts at the highest bucket value. The lowest bit of a chain entry marks the end of a chain.
    private static uint FromGnuHash(ElfImage image, ElfWindow window, ulong offset)
    {
        if (!window.TryGet(offset, GnuHeaderBytes, out ReadOnlySpan<byte> bytes))
        {
            throw image.Reader.Truncated("the GNU symbol hash table");
        }

        uint bucketCount = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        uint first = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
        ulong buckets = offset + GnuHeaderBytes + (BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) * (ulong)image.Header.Layout.WordSize);
        uint last = HighestBucket(image, buckets, bucketCount);
        if (last < first || last == 0)
        {
            return first;
        }

        ulong chains = buckets + (bucketCount * 4UL);
        while (window.TryGet(chains + ((last - first) * 4UL), 4, out ReadOnlySpan<byte> chain) && last < uint.MaxValue)
        {
            last++;
            if ((chain[0] & 1) != 0)
            {
                return last;
            }
        }

        throw image.Reader.Refuse("corrupt ELF file: the GNU symbol hash table has no end");
    }

    private static uint HighestBucket(ElfImage image, ulong buckets, uint count)
    {
        ReadOnlySpan<byte> table = image.Reader.ReadTable(buckets, count * 4UL, "the GNU symbol hash table");
        uint highest = 0;
        for (; table.Length >= 4; table = table[4..])
        {
            highest = Math.Max(highest, BinaryPrimitives.ReadUInt32LittleEndian(table));
        }

        return highest;
    }
}
