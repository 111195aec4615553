using System;
using System.Buffers.Binary;
using System.Collections.Generic;

namespace ManagedUprobe.Elf;

/// <summary>The restartable sequences (rseq(2)) of a file: code that the kernel starts anew when its thread was away.</summary>
/// <remarks>
/// Their descriptors (struct rseq_cs, 32 bytes: version, flags, start_ip, post_commit_offset, abort_ip) stand in a section of their own. In a
/// program that may be loaded anywhere the addresses are what relocations put there.
/// </remarks>
internal static class RestartableSequences
{
    private const int EntryBytes = 32;
    private const int StartAt = 8;
    private const int LengthAt = 16;

    /// <summary>Their places in the file; none in a file that has no such section.</summary>
    public static IReadOnlyList<FileRange> Read(ElfImage image, SectionTable sections, Func<RelocationTable> relocations)
    {
        var ranges = new List<FileRange>();
        if (!sections.TryFind("__rseq_cs"u8, out SectionHeader section))
        {
            return ranges;
        }

        byte[] contents = sections.ReadContents(section, "the restartable sequences");
        relocations().Apply(section.Vaddr, contents);
        for (ReadOnlySpan<byte> rest = contents; rest.Length >= EntryBytes; rest = rest[EntryBytes..])
        {
            if (image.Segments.TryVaddrToOffset(BinaryPrimitives.ReadUInt64LittleEndian(rest[StartAt..]), out ulong offset))
            {
                ranges.Add(new FileRange(offset, BinaryPrimitives.ReadUInt64LittleEndian(rest[LengthAt..])));
            }
        }

        return ranges;
    }
}
