using System.Collections.Generic;

namespace ManagedUprobe.Uprobes;

/// <summary>The out-of-line areas of one address space. The first one has the trampoline that counts. Tracer thread.</summary>
internal sealed class XolAreas
{
    private readonly List<XolArea> _areas = [];

    /// <summary>All areas, in the order in which they are asked for room.</summary>
    public IReadOnlyList<XolArea> All => _areas;

    /// <summary>Whether there is none.</summary>
    public bool IsEmpty => _areas.Count == 0;

    /// <summary>Address that hijacked functions return to; 0 until there is an area.</summary>
    public ulong TrampolineVaddr => IsEmpty ? 0 : _areas[0].TrampolineVaddr;

    /// <summary>Adds an area that has been mapped and written.</summary>
    public void Add(XolArea area) => _areas.Add(area);

    /// <summary>Adds an area whose trampoline is the one from now on.</summary>
    public void AddFirst(XolArea area) => _areas.Insert(0, area);

    /// <summary>Takes over areas of slots that a dead tracer has left, those that are not known yet.</summary>
    public void TakeOver(List<ulong> areas)
    {
        foreach (ulong vaddr in areas)
        {
            if (!_areas.Exists(area => area.Vaddr == vaddr))
            {
                _areas.Add(new XolArea(vaddr));
            }
        }
    }

    /// <summary>Takes over the slot of a site that a dead tracer has made.</summary>
    public void TakeOver(Site site) => Find(site.SlotVaddr)?.TakeOver(site);

    /// <summary>They are unmapped.</summary>
    public void Clear() => _areas.Clear();

    /// <summary>Whether <paramref name="vaddr"/> lies in one of them.</summary>
    public bool Contains(ulong vaddr) => Find(vaddr) != null;

    /// <summary>The site in one of whose slots <paramref name="vaddr"/> lies; null when it is no slot.</summary>
    public Site? FindSlotOwner(ulong vaddr) => Find(vaddr)?.OwnerOf(vaddr);

    private XolArea? Find(ulong vaddr)
    {
        foreach (XolArea area in _areas)
        {
            if (area.Contains(vaddr))
            {
                return area;
            }
        }

        return null;
    }
}
