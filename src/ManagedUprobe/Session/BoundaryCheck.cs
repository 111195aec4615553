using ManagedUprobe.Elf;
using ManagedUprobe.Primitives;
using ManagedUprobe.Session.Inspecting;
using Mono.Unix.Native;

namespace ManagedUprobe.Session;

/// <summary>Refuses a probe in the middle of an instruction of a known function: the kernel would place it, and break the program.</summary>
internal static class BoundaryCheck
{
    /// <summary>Checks a place.</summary>
    /// <param name="file">The file.</param>
    /// <param name="path">What messages call it.</param>
    /// <param name="offset">The place in it.</param>
    /// <exception cref="UprobeException">It is no boundary; the message names the nearest ones.</exception>
    public static void Require(ElfFile file, string path, ulong offset)
    {
        var place = InsnPlace.Find(file, offset);
        if (place.Boundary == Boundary.Middle)
        {
            throw new UprobeException(Errno.EINVAL, $"{path}:0x{offset:x}: {place.Complaint}");
        }
    }
}
