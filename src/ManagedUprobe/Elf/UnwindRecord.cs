using System;
using System.Buffers.Binary;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Elf;

/// <summary>One record of .eh_frame (an FDE with its CIE), as far as it tells extents and landing pads.</summary>
internal static class UnwindRecord
{
    private const int MaxSize = 256;
    private const byte PcRelative = 0x10;
    private const byte FormatMask = 0x0f;
    private const byte Omitted = 0xff;

    /// <summary>Reads a record; false when it has a form that no compiler for x86 writes.</summary>
    /// <param name="reader">The file.</param>
    /// <param name="layout">Its class.</param>
    /// <param name="offset">File offset of the FDE.</param>
    /// <param name="vaddr">Its address.</param>
    /// <param name="entry">What it says.</param>
    public static bool TryRead(ElfReader reader, ElfLayout layout, ulong offset, ulong vaddr, out UnwindEntry entry)
    {
        entry = default;
        Span<byte> buffer = stackalloc byte[MaxSize];
        ReadOnlySpan<byte> record = buffer[..reader.ReadUpTo(offset, buffer)];
        if (record.Length < 8)
        {
            return false;
        }

        uint distance = BinaryPrimitives.ReadUInt32LittleEndian(record[4..]);
        if (distance == 0 || distance > offset + 4
            || !TryReadEncodings(reader, layout, offset + 4 - distance, out byte pointers, out byte landing, out bool hasLength))
        {
            return false;
        }

        var fields = new Cursor(record, 8, layout);
        bool read = fields.TryReadPointer(pointers, out ulong start) & fields.TryReadPointer((byte)(pointers & FormatMask), out ulong size);
        start = layout.Mode.Wrap((pointers & PcRelative) != 0 ? unchecked(vaddr + 8 + start) : start);
        bool lands = false;
        if (hasLength && landing != Omitted && fields.TryReadUleb(out ulong length) && length > 0)
        {
            lands = fields.TryReadPointer(landing, out ulong table) && table != 0;
        }

        entry = new UnwindEntry(start, size, lands);
        return read && size > 0 && size <= ulong.MaxValue - start;
    }

    private static bool TryReadEncodings(ElfReader reader, ElfLayout layout, ulong offset, out byte pointers, out byte landing, out bool hasLength)
    {
        pointers = 0;
        landing = Omitted;
        Span<byte> buffer = stackalloc byte[MaxSize];
        ReadOnlySpan<byte> record = buffer[..reader.ReadUpTo(offset, buffer)];
        hasLength = false;
        if (record.Length < 10 || BinaryPrimitives.ReadUInt32LittleEndian(record[4..]) != 0)
        {
            return false;
        }

        int end = record[9..].IndexOf((byte)0);
        ReadOnlySpan<byte> augmentation = end < 0 ? default : record.Slice(9, end);
        var fields = new Cursor(record, 9 + end + 1, layout);
        hasLength = augmentation.StartsWith("z"u8);
        return end >= 0 && fields.TryReadUleb(out _) && fields.TryReadUleb(out _) && fields.TryReadUleb(out _)
            && (!hasLength || (fields.TryReadUleb(out _) && TryReadAugmentation(augmentation[1..], ref fields, ref pointers, ref landing)));
    }

    private static bool TryReadAugmentation(ReadOnlySpan<byte> letters, ref Cursor fields, ref byte pointers, ref byte landing)
    {
        foreach (byte letter in letters)
        {
            bool read = letter switch
            {
                (byte)'L' => fields.TryReadByte(out landing),
                (byte)'R' => fields.TryReadByte(out pointers),
                (byte)'P' => fields.TryReadByte(out byte personality) && fields.TryReadPointer(personality, out _),
                (byte)'S' or (byte)'B' => true,
                _ => false,
            };
            if (!read)
            {
                return false;
            }
        }

        return true;
    }

    private ref struct Cursor(ReadOnlySpan<byte> bytes, int at, ElfLayout layout)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;
        private int _at = at;

        public bool TryReadByte(out byte value)
        {
            bool has = _at < _bytes.Length;
            value = has ? _bytes[_at++] : default;
            return has;
        }

        public bool TryReadUleb(out ulong value)
        {
            value = 0;
            for (int shift = 0; shift < 64 && TryReadByte(out byte next); shift += 7)
            {
                value |= (ulong)(next & 0x7f) << shift;
                if ((next & 0x80) == 0)
                {
                    return true;
                }
            }

            return false;
        }

        // DW_EH_PE_absptr, udata4, udata8, sdata4, sdata8.
        public bool TryReadPointer(byte encoding, out ulong value)
        {
            int size = (encoding & FormatMask) switch { 0x00 => layout.WordSize, 0x04 or 0x0c => sizeof(ulong), 0x03 or 0x0b => sizeof(uint), _ => 0 };
            value = 0;
            if (size == 0 || _at + size > _bytes.Length)
            {
                return false;
            }

            ReadOnlySpan<byte> field = _bytes.Slice(_at, size);
            _at += size;
            value = size == sizeof(ulong) ? BinaryPrimitives.ReadUInt64LittleEndian(field)
                : (encoding & FormatMask) == 0x0b ? unchecked((ulong)BinaryPrimitives.ReadInt32LittleEndian(field))
                : BinaryPrimitives.ReadUInt32LittleEndian(field);
            return true;
        }
    }
}
