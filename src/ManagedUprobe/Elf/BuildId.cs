using System;

namespace ManagedUprobe.Elf;

/// <summary>NT_GNU_BUILD_ID: what tells two generations of a file apart.</summary>
internal static class BuildId
{
    private const uint NoteType = 3;
    private const int LongestId = 64;

    /// <summary>The build-id in lower-case hexadecimal digits; null when there is none.</summary>
    public static string? Find(ElfImage image)
    {
        foreach (ProgramHeader header in image.Segments.All)
        {
            bool readable = header.Type == SegmentType.Note && header.FileSize <= ElfLimits.MaxNoteSegmentBytes;
            if (readable && image.Reader.Contains(header.Offset, header.FileSize))
            {
                byte[] notes = image.Reader.ReadTable(header.Offset, header.FileSize, "a note segment");
                if (FindIn(new NoteEnumerator(notes, header.Align)) is { } id)
                {
                    return id;
                }
            }
        }

        return null;
    }

    private static string? FindIn(NoteEnumerator notes)
    {
        while (notes.MoveNext())
        {
            if (notes.Type == NoteType && notes.Name.SequenceEqual("GNU\0"u8) && notes.Description.Length is > 0 and <= LongestId)
            {
                return Convert.ToHexStringLower(notes.Description);
            }
        }

        return null;
    }
}
