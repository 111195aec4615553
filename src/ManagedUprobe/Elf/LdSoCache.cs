using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Elf;

/// <summary>/etc/ld.so.cache in glibc's format 1.1: 48 bytes of header, 24 an entry, strings, extensions.</summary>
internal sealed class LdSoCache
{
    private const int HeaderBytes = 48;
    private const int EntryBytes = 24;
    private const int OldHeaderBytes = 16;
    private const int OldEntryBytes = 12;

    // FLAG_X8664_LIB64 | FLAG_ELF_LIBC6.
    private const uint X64Library = 0x303;

    // The upper half of an entry's hwcap when the lower one numbers a glibc-hwcaps name; its low ten bits are an ISA level.
    private const ulong NamedCapability = 1UL << 30;
    private const ulong IsaLevelMask = 0x3ff;

    private const uint ExtensionMagic = 0xeaa42174;
    private const uint CapabilityNamesTag = 1;

    private readonly byte[] _bytes;
    private readonly List<string> _capabilities;

    private LdSoCache(byte[] bytes)
    {
        _bytes = bytes;
        _capabilities = ReadCapabilityNames();
    }

    private ReadOnlySpan<byte> Entries
    {
        get
        {
            ReadOnlySpan<byte> rest = _bytes.AsSpan(HeaderBytes);
            ulong size = BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(20)) * (ulong)EntryBytes;
            return rest[..(int)Math.Min(size, (ulong)rest.Length)];
        }
    }

    /// <summary>Reads a cache file; null when there is none or it is in no known format (the linker goes on without it, too).</summary>
    public static LdSoCache? TryRead(string path)
    {
        try
        {
            using var reader = new ElfReader(FileOpener.Open(path), path, ownsHandle: true);
            return Parse(reader.ReadTable(0, reader.Length, "the cache"));
        }
        catch (UprobeException)
        {
            return null;
        }
    }

    /// <summary>Parses the bytes of a cache file; null when the format is unknown.</summary>
    public static LdSoCache? Parse(byte[] bytes)
    {
        ReadOnlySpan<byte> cache = bytes;
        if (cache.StartsWith("ld.so-1.7.0"u8))
        {
            cache = SkipOldFormat(cache);
        }

        return cache.Length >= HeaderBytes && cache.StartsWith("glibc-ld.so.cache1.1"u8) ? new LdSoCache(cache.ToArray()) : null;
    }

    /// <summary>The x86-64 libraries of a name, in the order in which the linker prefers them on this processor.</summary>
    public IReadOnlyList<string> Find(string name, IReadOnlyList<string> levels)
    {
        byte[] wanted = Encoding.UTF8.GetBytes(name);
        var found = new List<(int Rank, string Path)>();
        for (ReadOnlySpan<byte> rest = Entries; rest.Length >= EntryBytes; rest = rest[EntryBytes..])
        {
            bool matches = BinaryPrimitives.ReadUInt32LittleEndian(rest) == X64Library && StringAt(rest[4..]).SequenceEqual(wanted);
            if (matches && TryRank(BinaryPrimitives.ReadUInt64LittleEndian(rest[16..]), levels, out int rank))
            {
                int at = found.FindIndex(known => known.Rank > rank);
                found.Insert(at < 0 ? found.Count : at, (rank, Encoding.UTF8.GetString(StringAt(rest[8..]))));
            }
        }

        return found.ConvertAll(static entry => entry.Path);
    }

    private bool TryRank(ulong capability, IReadOnlyList<string> levels, out int rank)
    {
        rank = levels.Count;
        if (capability == 0)
        {
            return true;
        }

        uint number = unchecked((uint)capability);
        if (((capability >> 32) & ~IsaLevelMask) != NamedCapability || number >= _capabilities.Count)
        {
            return false;
        }

        for (rank = 0; rank < levels.Count; rank++)
        {
            if (levels[rank] == _capabilities[(int)number])
            {
                return true;
            }
        }

        return false;
    }

    private List<string> ReadCapabilityNames()
    {
        var names = new List<string>();
        ReadOnlySpan<byte> list = FindExtension(CapabilityNamesTag);
        for (; list.Length >= 4; list = list[4..])
        {
            names.Add(Encoding.UTF8.GetString(StringAt(list)));
        }

        return names;
    }

    // magic, count, then count times tag, flags, offset, size.
    private ReadOnlySpan<byte> FindExtension(uint wanted)
    {
        uint offset = BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(32));
        if (offset == 0 || !TrySlice(offset, 8, out ReadOnlySpan<byte> header)
            || BinaryPrimitives.ReadUInt32LittleEndian(header) != ExtensionMagic)
        {
            return default;
        }

        uint count = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
        for (uint i = 0; i < count && TrySlice(offset + 8 + (i * 16UL), 16, out ReadOnlySpan<byte> section); i++)
        {
            bool found = BinaryPrimitives.ReadUInt32LittleEndian(section) == wanted;
            ulong start = BinaryPrimitives.ReadUInt32LittleEndian(section[8..]);
            ulong size = BinaryPrimitives.ReadUInt32LittleEndian(section[12..]);
            if (found && TrySlice(start, size, out ReadOnlySpan<byte> contents))
            {
                return contents;
            }
        }

        return default;
    }

    private bool TrySlice(ulong offset, ulong size, out ReadOnlySpan<byte> slice)
    {
        bool inside = offset <= (ulong)_bytes.Length && size <= (ulong)_bytes.Length - offset;
        slice = inside ? _bytes.AsSpan((int)offset, (int)size) : default;
        return inside;
    }

    private ReadOnlySpan<byte> StringAt(ReadOnlySpan<byte> reference) =>
        ElfImage.StringBytes(_bytes, BinaryPrimitives.ReadUInt32LittleEndian(reference));

    // Older systems put the old format first; the new one follows at the next multiple of 8.
    private static ReadOnlySpan<byte> SkipOldFormat(ReadOnlySpan<byte> cache)
    {
        if (cache.Length < OldHeaderBytes)
        {
            return default;
        }

        ulong size = OldHeaderBytes + (BinaryPrimitives.ReadUInt32LittleEndian(cache[12..]) * (ulong)OldEntryBytes);
        ulong start = (size + 7) / 8 * 8;
        return start <= (ulong)cache.Length ? cache[(int)start..] : default;
    }
}
