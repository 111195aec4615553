using System;
using System.Buffers.Binary;
using System.Collections.Generic;

namespace ManagedUprobe.Elf;

/// <summary>.gnu.version with the names from .gnu.version_d and .gnu.version_r.</summary>
internal sealed class SymbolVersions
{
    // vd_ndx 0 is a local symbol, 1 the file without a version.
    private const int LastUnversioned = 1;
    private const int IndexMask = 0x7fff;
    private const int Hidden = 0x8000;
    private const int DefinitionBytes = 20;
    private const int NeedBytes = 16;
    private const int NeedAuxiliaryBytes = 16;
    private const int DefinitionAuxiliaryBytes = 8;
    private const ushort BaseDefinition = 1;

    private readonly byte[] _indices;
    private readonly Dictionary<int, uint> _names = [];

    private SymbolVersions(byte[] indices) => _indices = indices;

    /// <summary>Reads the versions of <paramref name="symbolCount"/> dynamic symbols; null when the file has none.</summary>
    public static SymbolVersions? Read(ElfImage image, DynamicSection dynamic, uint symbolCount)
    {
        if (!dynamic.TryGet(DynamicTag.VersionSymbols, out ulong vaddr))
        {
            return null;
        }

        var versions = new SymbolVersions(image.ReadTableAt(vaddr, symbolCount * 2UL, "the table of symbol versions"));
        var window = new ElfWindow(image.Reader);
        if (dynamic.TryGet(DynamicTag.VersionDefinitions, out ulong definitions))
        {
            ulong offset = image.OffsetOf(definitions, "the version definitions");
            versions.ReadDefinitions(window, offset, dynamic.ValueOf(DynamicTag.VersionDefinitionCount));
        }

        if (dynamic.TryGet(DynamicTag.VersionNeeds, out ulong needs))
        {
            ulong offset = image.OffsetOf(needs, "the needed versions");
            versions.ReadNeeds(window, offset, dynamic.ValueOf(DynamicTag.VersionNeedCount));
        }

        return versions;
    }

    /// <summary>The offset in the string table of the version's name; false when the symbol has no version.</summary>
    public bool TryGet(int symbolIndex, out uint nameOffset, out bool isDefault)
    {
        int entry = BinaryPrimitives.ReadUInt16LittleEndian(_indices.AsSpan(symbolIndex * 2));
        isDefault = (entry & Hidden) == 0;
        nameOffset = 0;
        int index = entry & IndexMask;
        return index > LastUnversioned && _names.TryGetValue(index, out nameOffset);
    }

    private void ReadDefinitions(ElfWindow window, ulong offset, ulong count)
    {
        int left = (int)Math.Min(count, ElfLimits.MaxVersions);
        for (uint next = 0; left > 0 && window.TryGet(offset, DefinitionBytes, out ReadOnlySpan<byte> bytes); left--)
        {
            ushort flags = BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]);
            int index = BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]) & IndexMask;
            uint auxiliary = BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]);
            next = BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]);
            bool named = window.TryGet(offset + auxiliary, DefinitionAuxiliaryBytes, out ReadOnlySpan<byte> name);
            if (named && (flags & BaseDefinition) == 0)
            {
                _names.TryAdd(index, BinaryPrimitives.ReadUInt32LittleEndian(name));
            }

            if (next == 0)
            {
                return;
            }

            offset += next;
        }
    }

    private void ReadNeeds(ElfWindow window, ulong offset, ulong count)
    {
        int files = (int)Math.Min(count, ElfLimits.MaxVersions);
        int versions = ElfLimits.MaxVersions;
        for (; files > 0 && window.TryGet(offset, NeedBytes, out ReadOnlySpan<byte> bytes); files--)
        {
            ushort own = BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]);
            uint auxiliary = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
            uint next = BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]);
            versions -= ReadNeededVersions(window, offset + auxiliary, Math.Min(own, versions));
            if (next == 0)
            {
                return;
            }

            offset += next;
        }
    }

    private int ReadNeededVersions(ElfWindow window, ulong offset, int count)
    {
        int done = 0;
        while (done < count && window.TryGet(offset, NeedAuxiliaryBytes, out ReadOnlySpan<byte> bytes))
        {
            int index = BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]) & IndexMask;
            _names.TryAdd(index, BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]));
            done++;
            uint next = BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]);
            if (next == 0)
            {
                break;
            }

            offset += next;
        }

        return done;
    }
}
