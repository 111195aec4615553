using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using ManagedUprobe.Primitives;
using ManagedUprobe.ProcFs;
using ManagedUprobe.Uprobes.Survival;

namespace ManagedUprobe.Uprobes;

/// <summary>
/// Counts armed sites in the counter that a uprobe names in its file (update_ref_ctr; the semaphores of USDT markers): programs look
/// at it to know whether anybody listens. 16 bits, in a private writable mapping of the file.
/// </summary>
internal static class RefCounter
{
    /// <summary>Adds an armed site, once. While the counter is not mapped, the address space waits for it.</summary>
    /// <param name="mm">The address space.</param>
    /// <param name="site">The site.</param>
    /// <param name="areas">Its mappings.</param>
    /// <param name="tid">A task that has them.</param>
    /// <param name="aliases">Tells which file an area maps.</param>
    public static void Increment(AddressSpace mm, Site site, List<VmArea> areas, int tid, FileAliases aliases)
    {
        if (!Wants(site))
        {
            return;
        }

        UprobeNode node = site.Node!;
        foreach (VmArea area in areas)
        {
            if (area.ValidRefCtrVma && area.ContainsOffset(node.RefCtrOffset) && aliases.Resolve(area, tid) == node.File)
            {
                ulong vaddr = area.OffsetToVaddr(node.RefCtrOffset);
                site.RefCtrVaddr = TryAdd(mm.Memory, vaddr, 1) ? vaddr : 0;
                Note(mm, site);
                return;
            }
        }

        mm.AwaitsRefCounters = true;
    }

    /// <summary>The counter may be mapped now: adds what waits for it.</summary>
    public static void IncrementAwaited(AddressSpace mm, List<VmArea> areas, int tid, FileAliases aliases)
    {
        if (mm.AwaitsRefCounters)
        {
            mm.AwaitsRefCounters = false;
            foreach (Site site in mm.Sites.All)
            {
                Increment(mm, site, areas, tid, aliases);
            }
        }
    }

    /// <summary>Takes a site away, if it was added.</summary>
    public static void Decrement(AddressSpace mm, Site site)
    {
        if (site.RefCtrVaddr != 0)
        {
            // Killed in between it stays incremented: one too few would hide others that listen.
            ulong vaddr = site.RefCtrVaddr;
            site.RefCtrVaddr = 0;
            Note(mm, site);
            _ = TryAdd(mm.Memory, vaddr, -1);
        }
    }

    /// <summary>Takes the sites of a dead tracer away, as far as it has noted them.</summary>
    /// <param name="memory">The target's memory.</param>
    /// <param name="areas">Its mappings.</param>
    /// <param name="guard">What the tracer has left.</param>
    public static void Repair(ITraceeMemory memory, List<VmArea> areas, LeftGuard guard)
    {
        foreach ((ulong noteVaddr, ulong vaddr) in guard.Counters)
        {
            // Once, whoever repairs again.
            if (areas.Exists(area => area.ValidRefCtrVma && area.Contains(vaddr)) && memory.TryWrite(noteVaddr, new byte[sizeof(ulong)]))
            {
                _ = TryAdd(memory, vaddr, -1);
            }
        }
    }

    private static void Note(AddressSpace mm, Site site)
    {
        if (mm.Guard is { } guard)
        {
            _ = guard.TrySetCounter(site.Vaddr, site.RefCtrVaddr);
        }
    }

    private static bool Wants(Site site) => site is { Armed: true, RefCtrVaddr: 0, Node.RefCtrOffset: not 0 };

    // Below zero it does not go: somebody else has changed it.
    private static bool TryAdd(ITraceeMemory memory, ulong vaddr, int difference)
    {
        Span<byte> bytes = stackalloc byte[sizeof(short)];
        if (!memory.TryRead(vaddr, bytes))
        {
            return false;
        }

        int value = BinaryPrimitives.ReadInt16LittleEndian(bytes) + difference;
        BinaryPrimitives.WriteInt16LittleEndian(bytes, unchecked((short)value));
        return value >= 0 && memory.TryWrite(vaddr, bytes);
    }
}
