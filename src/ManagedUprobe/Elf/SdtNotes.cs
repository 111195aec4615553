using System;
using System.Collections.Generic;
using System.Text;

namespace ManagedUprobe.Elf;

/// <summary>Reads .note.stapsdt.</summary>
internal static class SdtNotes
{
    private const uint NoteType = 3;
    private const int Addresses = 3;

    /// <summary>The markers of a file, in its order; those whose instruction is in no segment are left out.</summary>
    public static IReadOnlyList<SdtNote> Read(ElfImage image, SectionTable sections)
    {
        if (!sections.TryFind(".note.stapsdt"u8, out SectionHeader section))
        {
            return [];
        }

        ulong? baseVaddr = sections.TryFind(".stapsdt.base"u8, out SectionHeader anchor) ? anchor.Vaddr : null;
        var markers = new List<SdtNote>();
        var notes = new NoteEnumerator(sections.ReadContents(section, "the USDT notes"), align: 4);
        while (notes.MoveNext())
        {
            bool isMarker = notes.Type == NoteType && notes.Name.SequenceEqual("stapsdt\0"u8);
            if (isMarker && Parse(image.Header.Layout, image.Segments, notes.Description, baseVaddr) is { } marker)
            {
                markers.Add(marker);
            }
        }

        return markers;
    }

    private static SdtNote? Parse(ElfLayout layout, ElfSegments segments, ReadOnlySpan<byte> description, ulong? baseVaddr)
    {
        if (description.Length < Addresses * layout.WordSize)
        {
            return null;
        }

        ulong vaddr = layout.Word(description, 0);
        ulong recordedBase = layout.Word(description, 1);
        ulong semaphore = layout.Word(description, 2);

        // Tools that move sections (prelink) do not correct notes; how far .stapsdt.base moved tells how far all did.
        ulong moved = unchecked((baseVaddr ?? recordedBase) - recordedBase);
        vaddr = unchecked(vaddr + moved);
        if (!segments.TryVaddrToOffset(vaddr, out ulong offset) || !TryFindSemaphore(segments, semaphore, moved, out ulong counter))
        {
            return null;
        }

        ReadOnlySpan<byte> texts = description[(Addresses * layout.WordSize)..];
        return new SdtNote(Take(ref texts), Take(ref texts), vaddr, offset, counter, Take(ref texts));
    }

    private static bool TryFindSemaphore(ElfSegments segments, ulong vaddr, ulong moved, out ulong offset)
    {
        offset = 0;
        return vaddr == 0 || segments.TryVaddrToOffset(unchecked(vaddr + moved), out offset);
    }

    private static string Take(ref ReadOnlySpan<byte> texts)
    {
        int end = texts.IndexOf((byte)0);
        ReadOnlySpan<byte> text = end < 0 ? texts : texts[..end];
        texts = end < 0 ? default : texts[(end + 1)..];
        return Encoding.UTF8.GetString(text);
    }
}
