using ManagedUprobe.Elf;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Session.Inspecting;

/// <summary>Refuses places where the kernel would put a probe, and harm the program.</summary>
internal static class PlaceCheck
{
    /// <summary>Checks a place.</summary>
    /// <param name="file">The file.</param>
    /// <param name="path">What messages call it.</param>
    /// <param name="offset">The place in it.</param>
    /// <exception cref="UprobeException">A probe there would break the program; the message says how.</exception>
    public static void Require(ElfFile file, string path, ulong offset)
    {
        if (FindComplaint(file, InsnPlace.Find(file, offset)) is { } complaint)
        {
            throw new UprobeException(Errno.EINVAL, $"{path}:0x{offset:x}: {complaint}");
        }
    }

    /// <summary>What a probe at a place would break; null when nothing.</summary>
    public static string? FindComplaint(ElfFile file, in InsnPlace place)
    {
        if (place.Boundary == Boundary.Middle)
        {
            return place.Complaint;
        }

        foreach (FileRange sequence in file.RestartableSequences)
        {
            if (sequence.Contains(place.Offset))
            {
                return "in a restartable sequence (rseq): a hit would take its protection from other threads away; --force places it all the same";
            }
        }

        return null;
    }
}
