using System;
using ManagedUprobe.Arch;
using ManagedUprobe.Arch.X64;

namespace ManagedUprobe.Uprobes;

/// <summary>Writes the slots in which displaced instructions run.</summary>
internal static class SlotMaker
{
    private const ulong Reach = 0x7000_0000;

    /// <summary>Whether code at one address reaches the other.</summary>
    public static bool IsNear(ulong a, ulong b) => (a > b ? a - b : b - a) < Reach;

    /// <summary>A free slot for a site in the areas that are there; 0 when none of them is near, or has room.</summary>
    public static ulong FindFree(AddressSpace mm, Site site) => FindFree(mm, site, out _);

    /// <summary>
    /// Gives a site its boosted slot before its byte is changed, if that costs no more than writing it: our handler in the target can pass threads on from then on, those that we are not told of as well.
    /// </summary>
    public static void Prepare(AddressSpace mm, Site site)
    {
        // Some indirect calls are done in the registers, and not in the slot.
        if (site.SlotVaddr == 0 && site.Insn.Kind != InsnKind.CallIndirect && FindFree(mm, site, out XolArea? area) is var slotVaddr and not 0
            && !TryMake(mm, site, slotVaddr, isStepped: false, out _))
        {
            area!.TakeBack();
        }
    }

    /// <summary>Writes the slot of a site, and makes it known to the handler in the target.</summary>
    /// <param name="mm">The address space.</param>
    /// <param name="site">The site.</param>
    /// <param name="slotVaddr">The slot.</param>
    /// <param name="isStepped">Whether its thread makes one step in it.</param>
    /// <param name="reason">Why it cannot be made.</param>
    public static bool TryMake(AddressSpace mm, Site site, ulong slotVaddr, bool isStepped, out string? reason)
    {
        Span<byte> code = stackalloc byte[XolArea.SlotSize];
        SlotLayout layout;
        bool built = isStepped
            ? StepSlot.TryBuild(site.Insn, site.Vaddr, slotVaddr, code, out layout, out reason)
            : BoostedSlot.TryBuild(site.Insn, site.Vaddr, slotVaddr, code, out layout, out reason);
        if (!built || !mm.Memory.TryWrite(slotVaddr, code[..layout.Length]))
        {
            reason ??= "memory cannot be written";
            return false;
        }

        (site.SlotVaddr, site.IsStepped, site.Layout) = (slotVaddr, isStepped, layout);
        _ = mm.Guard?.TryAdd(site);
        return true;
    }

    private static ulong FindFree(AddressSpace mm, Site site, out XolArea? found)
    {
        foreach (XolArea area in mm.Areas.All)
        {
            if (IsNear(area.Vaddr, site.Vaddr) && area.GetInsnSlot(site) is var slotVaddr and not 0)
            {
                found = area;
                return slotVaddr;
            }
        }

        found = null;
        return 0;
    }
}
