using System;
using System.Buffers.Binary;

namespace ManagedUprobe.Elf;

/// <summary>Walks the notes (Elf64_Nhdr) of a note segment or section, up to the first one that does not fit.</summary>
internal ref struct NoteEnumerator
{
    private const int HeaderBytes = 12;

    private readonly int _align;
    private ReadOnlySpan<byte> _rest;

    /// <summary>Starts before the first note.</summary>
    /// <param name="notes">The notes.</param>
    /// <param name="align">Alignment of the segment or section; names and descriptions are padded to 8 if it is 8, else to 4.</param>
    public NoteEnumerator(ReadOnlySpan<byte> notes, ulong align)
    {
        _rest = notes;
        _align = align == 8 ? 8 : 4;
    }

    public uint Type { get; private set; }

    /// <summary>The owner, with its NUL.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    public ReadOnlySpan<byte> Description { get; private set; }

    /// <summary>Goes to the next note.</summary>
    public bool MoveNext()
    {
        if (_rest.Length < HeaderBytes)
        {
            return false;
        }

        uint nameSize = BinaryPrimitives.ReadUInt32LittleEndian(_rest);
        uint descriptionSize = BinaryPrimitives.ReadUInt32LittleEndian(_rest[4..]);
        Type = BinaryPrimitives.ReadUInt32LittleEndian(_rest[8..]);
        ulong descriptionAt = RoundUp(HeaderBytes + (ulong)nameSize);
        ulong end = descriptionAt + descriptionSize;
        if (end > (ulong)_rest.Length)
        {
            return false;
        }

        Name = _rest.Slice(HeaderBytes, (int)nameSize);
        Description = _rest.Slice((int)descriptionAt, (int)descriptionSize);
        _rest = _rest[(int)Math.Min(RoundUp(end), (ulong)_rest.Length)..];
        return true;
    }

    private readonly ulong RoundUp(ulong size) => (size + (ulong)_align - 1) / (ulong)_align * (ulong)_align;
}
