namespace ManagedUprobe.Uprobes;

/// <summary>Sites of our own on the return instructions of probed functions.</summary>
internal static class ReturnSitePlacer
{
    /// <summary>Whether all return instructions of a function are probed in an address space, so that none of its returns is missed.</summary>
    /// <param name="mm">The address space.</param>
    /// <param name="entry">The site at the function's start; remembers the answer.</param>
    /// <param name="node">The uprobe there.</param>
    public static bool ArePlaced(AddressSpace mm, Site entry, UprobeNode node)
    {
        if (entry.ReturnsCheckedAt != mm.Sites.Generation)
        {
            entry.ReturnsCheckedAt = mm.Sites.Generation;
            entry.ReturnsArePlaced = Check(mm, entry, node);
        }

        return entry.ReturnsArePlaced;
    }

    /// <summary>Removes a site on a return instruction from an address space where the function is not probed any more and nobody is inside it.</summary>
    public static void RemoveLeftover(AddressSpace mm, Site site, UprobeNode node)
    {
        foreach (UprobeNode owner in node.ReturnSiteOf)
        {
            ulong entry = unchecked(site.Vaddr - node.Offset + owner.Offset);
            if (mm.Sites.Find(entry)?.Node == owner || mm.Returns.Awaits(owner))
            {
                return;
            }
        }

        if (node.Consumers.IsEmpty)
        {
            site.Node = null;
            if (!site.IsWanted)
            {
                BreakpointInstaller.Remove(mm, site);
            }
        }
    }

    private static bool Check(AddressSpace mm, Site entry, UprobeNode node)
    {
        foreach (ulong offset in node.Returns!.Offsets)
        {
            ulong vaddr = unchecked(entry.Vaddr - node.Offset + offset);
            if (mm.Sites.Find(vaddr) is not { Armed: true, Node: { } there } || !there.ReturnsFrom(node))
            {
                return false;
            }
        }

        return true;
    }
}
