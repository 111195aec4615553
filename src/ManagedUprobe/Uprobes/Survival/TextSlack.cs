using System;
using System.Collections.Generic;
using ManagedUprobe.Arch.X64;
using ManagedUprobe.ProcFs;
using ManagedUprobe.Ptrace;

namespace ManagedUprobe.Uprobes.Survival;

/// <summary>
/// Room for one <see cref="SyscallFrame"/> before we have an area: the zeros behind the code in the last page of an executable mapping. Nobody runs there, and
/// they are zeros again when the area is mapped.
/// </summary>
internal static class TextSlack
{
    private const int PageSize = 4096;
    private const int Alignment = 8;

    // Code that ends in zeros keeps some.
    private const int Distance = 32;

    /// <summary>Address of <see cref="SyscallFrame.Size"/> bytes that are free; 0 when there are none.</summary>
    public static ulong Find(TraceeMemory memory, List<VmArea> areas)
    {
        Span<byte> page = stackalloc byte[PageSize];
        foreach (VmArea area in areas)
        {
            if (area.ValidVma && area.Path.Length > 0 && area.Path[0] == '/' && memory.TryRead(area.End - PageSize, page)
                && page.TrimEnd((byte)0).Length <= PageSize - SyscallFrame.Size - Distance)
            {
                return PlaceIn(area);
            }
        }

        return 0;
    }

    /// <summary>Where a dead tracer has left a frame; 0 when nowhere.</summary>
    public static ulong FindLeft(TraceeMemory memory, List<VmArea> areas)
    {
        Span<byte> found = stackalloc byte[SyscallFrame.Size];
        foreach (VmArea area in areas)
        {
            ulong vaddr = PlaceIn(area);
            if (area.ValidVma && memory.TryRead(vaddr, found) && SyscallFrame.IsFrame(found))
            {
                return vaddr;
            }
        }

        return 0;
    }

    /// <summary>Makes the room what it was.</summary>
    public static void Clear(TraceeMemory memory, ulong vaddr) => _ = memory.TryWrite(vaddr, new byte[SyscallFrame.Size]);

    private static ulong PlaceIn(in VmArea area) => (area.End - SyscallFrame.Size) & ~(ulong)(Alignment - 1);
}
