using ManagedUprobe.Elf;
using ManagedUprobe.Primitives;
using ManagedUprobe.Session.Inspecting;
using Mono.Unix.Native;

namespace ManagedUprobe.Session;

/// <summary>Refuses a probe in the middle of an instruction of a known function: the kernel would place it, and break the program.</summary>
internal static class BoundaryCheck
{
    /// <summary>Checks a place.</summary>
    /// <exception cref="UprobeException">It is no boundary; the message names the nearest ones. Or the file is none that can be probed.</exception>
    public static void Require(string path, ulong offset)
    {
        using var file = ElfFile.Open(path);
        var place = InsnPlace.Find(file, offset);
        if (place.Boundary == Boundary.Middle)
        {
            throw new UprobeException(Errno.EINVAL, $"{path}:0x{offset:x}: {place.Complaint}");
        }
    }
}
