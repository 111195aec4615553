using System;
using System.Buffers.Binary;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Elf;

/// <summary>.eh_frame through the sorted table of .eh_frame_hdr: the extents of functions, also in a file without symbols.</summary>
/// <remarks>Only the form that linkers write is read; anything else is as if the table said nothing.</remarks>
internal sealed class UnwindTable
{
    private const int HeaderSize = 12;
    private const int EntrySize = 8;

    // DW_EH_PE_pcrel | sdata4, DW_EH_PE_udata4, DW_EH_PE_datarel | sdata4.
    private static readonly byte[] s_form = [1, 0x1b, 0x03, 0x3b];

    private readonly ElfImage _image;
    private readonly byte[] _table;
    private readonly ulong _vaddr;

    public UnwindTable(ElfImage image)
    {
        _image = image;
        _table = ReadTable(image, out _vaddr);
    }

    /// <summary>The entry whose code holds an address.</summary>
    public bool TryFind(ulong vaddr, out UnwindEntry entry)
    {
        entry = default;
        int index = LastStartingUpTo(vaddr);
        if (index < 0 || !_image.Segments.TryVaddrToOffset(Pointer(index, sizeof(int)), out ulong offset))
        {
            return false;
        }

        return UnwindRecord.TryRead(_image.Reader, _image.Header.Layout, offset, Pointer(index, sizeof(int)), out entry) && entry.Contains(vaddr);
    }

    private int LastStartingUpTo(ulong vaddr)
    {
        int low = 0;
        int high = _table.Length / EntrySize;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (Pointer(middle, 0) <= vaddr)
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

    // Both fields of an entry are relative to the start of the header.
    private ulong Pointer(int index, int field) =>
        _image.Header.Layout.Mode.Wrap(unchecked(_vaddr + (ulong)BinaryPrimitives.ReadInt32LittleEndian(_table.AsSpan((index * EntrySize) + field))));

    private static byte[] ReadTable(ElfImage image, out ulong vaddr)
    {
        vaddr = 0;
        Span<byte> header = stackalloc byte[HeaderSize];
        if (!image.Segments.TryFind(SegmentType.GnuEhFrame, out ProgramHeader segment)
            || segment.FileSize < HeaderSize || !image.Reader.TryRead(segment.Offset, header) || !header.StartsWith(s_form))
        {
            return [];
        }

        vaddr = segment.Vaddr;
        ulong size = BinaryPrimitives.ReadUInt32LittleEndian(header[8..]) * (ulong)EntrySize;
        bool fits = size <= segment.FileSize - HeaderSize && image.Reader.Contains(segment.Offset + HeaderSize, size);
        return fits ? image.Reader.ReadTable(segment.Offset + HeaderSize, size, "the table of .eh_frame_hdr") : [];
    }
}
