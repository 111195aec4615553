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
                return (area.End - SyscallFrame.Size) & ~(ulong)(Alignment - 1);
            }
        }

        return 0;
    }

    /// <summary>Makes the room what it was.</summary>
    public static void Clear(TraceeMemory memory, ulong vaddr) => _ = memory.TryWrite(vaddr, new byte[SyscallFrame.Size]);
}
