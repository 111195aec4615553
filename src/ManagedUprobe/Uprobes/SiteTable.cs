using System;
using System.Collections.Generic;
using ManagedUprobe.Arch;

namespace ManagedUprobe.Uprobes;

/// <summary>The sites of one address space, by address, and what is known of those whose mapping went. Tracer thread.</summary>
internal sealed class SiteTable
{
    private readonly Dictionary<ulong, Site> _sites = [];
    private readonly Dictionary<ulong, Site> _forgotten = [];
    private readonly HashSet<ArchUprobe> _moved = [];

    /// <summary>All sites, armed or not.</summary>
    public Dictionary<ulong, Site>.ValueCollection All => _sites.Values;

    /// <summary>Changes whenever a site is armed, disarmed or forgotten.</summary>
    public long Generation { get; private set; }

    /// <summary>The site at an address.</summary>
    public Site? Find(ulong vaddr) => _sites.GetValueOrDefault(vaddr);

    /// <summary>Adds a site at an address that has none. Where the same text was mapped before it is the same one, with its slot: a plugin may come and go for ever.</summary>
    public Site Add(ulong vaddr, ArchUprobe insn)
    {
        bool known = _forgotten.Remove(vaddr, out Site? site) && site.Insn.Bytes.SequenceEqual(insn.Bytes);
        site = known ? site! : new Site(vaddr, insn);
        site.Reset();
        Add(site);
        return site;
    }

    /// <summary>Adds a site that is made already.</summary>
    public void Add(Site site) => _sites.Add(site.Vaddr, site);

    /// <summary>Removes a site whose mapping is gone. Its slot stays its own, should the text come back.</summary>
    public void Forget(Site site)
    {
        if (site.Armed)
        {
            _ = _moved.Add(site.Insn);
        }

        _ = _sites.Remove(site.Vaddr);
        _forgotten[site.Vaddr] = site;
        Changed();
    }

    /// <summary>A site was armed or disarmed.</summary>
    public void Changed() => Generation++;

    /// <summary>Whether an int3 that is found at this instruction may be ours: mremap takes the byte along with the page.</summary>
    public bool MayHaveMoved(ArchUprobe insn) => _moved.Contains(insn);

    /// <summary>All mappings have been looked at: what was moved has been found.</summary>
    public void ForgetMoved() => _moved.Clear();
}
