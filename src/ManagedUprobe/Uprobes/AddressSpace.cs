using System;
using System.Buffers;
using System.Collections.Generic;
using System.Linq;
using ManagedUprobe.Arch;
using ManagedUprobe.Primitives;
using ManagedUprobe.ProcFs;
using ManagedUprobe.Ptrace;
using ManagedUprobe.Uprobes.Survival;

namespace ManagedUprobe.Uprobes;

/// <summary>One traced address space (mm_struct with its uprobes_state): memory, sites and out-of-line areas. Tracer thread.</summary>
/// <remarks>Sites belong to the address space, never to a pid: vfork and CLONE_VM children share them.</remarks>
internal sealed class AddressSpace : IDisposable
{
    private readonly HashSet<ArchUprobe> _moved = [];
    private readonly Dictionary<ulong, Site> _sites = [];
    private readonly Dictionary<ulong, Site> _forgotten = [];
    private readonly List<XolArea> _areas = [];
    private readonly List<ThreadGroup> _users = [];

    public AddressSpace(TraceeMemory memory)
    {
        Memory = memory;
        memory.Threads = Tasks.Select(task => task.Tracee.Tid);
    }

    /// <summary>The process that consumers' filters are asked about: the first that used it.</summary>
    public int ProcessId { get; private set; }

    /// <summary>The memory.</summary>
    public TraceeMemory Memory { get; }

    /// <summary>The mode of the program that runs in it; threads may change theirs.</summary>
    public ExecutionMode Mode { get; init; }

    /// <summary>Puts the bytes back when we are killed; null where nobody does.</summary>
    public Watcher? Watcher { get; set; }

    /// <summary>Whether probes are wanted here at all: not in the children that --no-follow leaves alone.</summary>
    public bool IsFollowed { get; set; } = true;

    /// <summary>Whether sites are armed whose reference counter is not mapped yet.</summary>
    public bool AwaitsRefCounters { get; set; }

    /// <summary>Whether the calls that change masks are answered by us: since a thread has hit with SIGTRAP blocked, or where that is ordinary.</summary>
    public bool WatchesMasks { get; set; }

    /// <summary>All sites, armed or not.</summary>
    public Dictionary<ulong, Site>.ValueCollection Sites => _sites.Values;

    /// <summary>Out-of-line areas.</summary>
    public IReadOnlyList<XolArea> XolAreas => _areas;

    /// <summary>Address that hijacked functions return to; 0 until there is an area.</summary>
    public ulong TrampolineVaddr => _areas.Count == 0 ? 0 : _areas[0].TrampolineVaddr;

    /// <summary>What lets the address space survive us; null until it is there.</summary>
    public TargetGuard? Guard { get; private set; }

    /// <summary>Processes that use it.</summary>
    public IReadOnlyList<ThreadGroup> Users => _users;

    /// <summary>Live threads of all of them.</summary>
    public IEnumerable<UprobeTask> Tasks
    {
        get
        {
            foreach (ThreadGroup group in _users)
            {
                foreach (UprobeTask task in group.Tasks)
                {
                    yield return task;
                }
            }
        }
    }

    /// <summary>A syscall instruction of the target outside our areas, found once; 0 until then.</summary>
    public ulong SyscallVaddr { get; set; }

    /// <summary>Awaited calls of threads that have ended.</summary>
    public ReturnInstances LeftReturns { get; } = new();

    /// <summary>Changes whenever a site is armed, disarmed or forgotten.</summary>
    public long Generation { get; private set; }

    /// <summary>The site at an address.</summary>
    public Site? FindSite(ulong vaddr) => _sites.GetValueOrDefault(vaddr);

    private void Add(Site site) => _sites.Add(site.Vaddr, site);

    /// <summary>Forgets a site whose mapping is gone.</summary>
    public void Forget(Site site)
    {
        if (site.Armed)
        {
            _ = _moved.Add(site.Insn);
        }

        // Its counter may be gone as well, or be something else's memory soon.
        _ = site.RefCtrVaddr == 0 || Guard?.TrySetCounter(site.Vaddr, 0) == true;
        Unwatch(site);
        _ = _sites.Remove(site.Vaddr);
        _forgotten[site.Vaddr] = site;
        SitesChanged();
    }

    /// <summary>Adds a site at an address that has none. Where the same text was mapped before it is the same one, with its slot: a plugin may come and go for ever.</summary>
    public Site Add(ulong vaddr, ArchUprobe insn)
    {
        bool known = _forgotten.Remove(vaddr, out Site? site) && site.Insn.Bytes.SequenceEqual(insn.Bytes);
        site = known ? site! : new Site(vaddr, insn);
        site.Reset();
        Add(site);
        return site;
    }

    /// <summary>Whether an int3 that is found at this instruction may be ours: mremap takes the byte along with the page.</summary>
    public bool MayHaveMoved(ArchUprobe insn) => _moved.Contains(insn);

    /// <summary>All mappings have been looked at: what was moved has been found.</summary>
    public void ForgetMoved() => _moved.Clear();

    /// <summary>The byte of a site is about to be changed.</summary>
    public void Watch(Site site)
    {
        if (Watcher != null && site.WatchEntry < 0 && Memory.Descriptor >= 0)
        {
            site.WatchEntry = Watcher.Add(Memory, site.Vaddr, site.Insn.Bytes, site.WatchesSigaction || site.WatchesMask);
        }
    }

    /// <summary>The byte of a site is back, or gone.</summary>
    public void Unwatch(Site site)
    {
        if (site.WatchEntry >= 0)
        {
            Watcher?.Remove(site.WatchEntry);
            site.WatchEntry = -1;
        }
    }

    /// <summary>A site was armed or disarmed.</summary>
    public void SitesChanged() => Generation++;

    /// <summary>The awaited call whose return address is at <paramref name="sp"/>: the task's own, else another thread's (stacks may move between threads).</summary>
    /// <param name="task">The thread that returns.</param>
    /// <param name="sp">Where the return address is.</param>
    /// <param name="owners">As for <see cref="ReturnInstances.Find"/>.</param>
    /// <param name="owner">The list that holds it.</param>
    public ReturnInstance? FindReturnInstance(UprobeTask task, ulong sp, UprobeNode? owners, out ReturnInstances? owner)
    {
        owner = task.ReturnInstances;
        if (owner.Find(sp, owners) is { } own)
        {
            return own;
        }

        foreach (ThreadGroup group in _users)
        {
            foreach (UprobeTask other in group.Tasks)
            {
                if (other != task && other.ReturnInstances.Find(sp, owners) is { } found)
                {
                    owner = other.ReturnInstances;
                    return found;
                }
            }
        }

        ReturnInstance? left = LeftReturns.Find(sp, owners);
        owner = left == null ? null : LeftReturns;
        return left;
    }

    /// <summary>A thread ends, others go on: calls that it began may return in them.</summary>
    public void AdoptReturns(UprobeTask ended)
    {
        LeftReturns.Adopt(ended.ReturnInstances);
        if (LeftReturns.HasManyParked)
        {
            HijackedStack.Prune(ended, LeftReturns);
        }
    }

    /// <summary>Whether any thread is inside a call of a function, awaited at its return instructions.</summary>
    public bool Awaits(UprobeNode function)
    {
        foreach (ThreadGroup group in _users)
        {
            foreach (UprobeTask task in group.Tasks)
            {
                if (task.ReturnInstances.Awaits(function))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Adds an area that has been mapped and written.</summary>
    public void Add(XolArea area)
    {
        _areas.Add(area);
        _ = Guard?.TryAddArea(area.Vaddr);
    }

    /// <summary>The guard is in place, in an area of its own.</summary>
    public void Add(TargetGuard guard)
    {
        Guard = guard;
        _areas.Insert(0, new XolArea(guard.Vaddr));
    }

    /// <summary>Takes over the areas that a dead tracer has left.</summary>
    public void TakeOver(TargetGuard guard, List<ulong> others)
    {
        Add(guard);
        TakeOver(others);
    }

    /// <summary>Takes over areas of slots, those that are not known yet.</summary>
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

    /// <summary>A site whose slot was made by a dead tracer.</summary>
    public void TakeOver(Site site)
    {
        Add(site);
        _areas.Find(area => area.Contains(site.SlotVaddr))?.TakeOver(site);
    }

    /// <summary>Everything of ours is gone from the address space.</summary>
    public void ForgetAreas()
    {
        Guard = null;
        _areas.Clear();
    }

    /// <summary>The site in one of whose slots <paramref name="vaddr"/> lies; null when it is no slot.</summary>
    public Site? FindSlotOwner(ulong vaddr)
    {
        foreach (XolArea area in _areas)
        {
            if (area.Contains(vaddr))
            {
                return area.OwnerOf(vaddr);
            }
        }

        return null;
    }

    /// <summary>Whether <paramref name="vaddr"/> lies in memory of ours.</summary>
    public bool IsOurs(ulong vaddr)
    {
        foreach (XolArea area in _areas)
        {
            if (area.Contains(vaddr))
            {
                return true;
            }
        }

        return Guard?.Contains(vaddr) == true;
    }

    /// <summary>uprobe_dup_mmap: the copy that a forked child has, with our breakpoints and areas in it.</summary>
    /// <param name="memory">The child's memory.</param>
    public AddressSpace Fork(TraceeMemory memory)
    {
        var child = new AddressSpace(memory) { Mode = Mode, IsFollowed = IsFollowed, AwaitsRefCounters = AwaitsRefCounters, SyscallVaddr = SyscallVaddr, Watcher = Watcher, WatchesMasks = WatchesMasks };
        foreach (Site site in Sites)
        {
            child.Add(site.Fork());
        }

        child.LeftReturns.CopyFrom(LeftReturns);
        foreach (XolArea area in _areas)
        {
            if (child.TryCopyFrom(this, area))
            {
                child.Add(area.Fork(site => child.FindSite(site.Vaddr) ?? site.Fork()));
            }
        }

        child.Guard = Guard?.Fork(memory);
        foreach (Site site in child.Sites)
        {
            if (site.Armed)
            {
                _ = child.Guard?.TryAdd(site);
            }
        }

        return child;
    }

    // Another thread may have been given an area or a slot between the fork and the parent's report of it: the child's copy of memory lacks what
    // its sites are about to be told of.
    private bool TryCopyFrom(AddressSpace parent, XolArea area)
    {
        byte[] code = ArrayPool<byte>.Shared.Rent(XolArea.Size);
        Span<byte> used = code.AsSpan(0, area.UsedSize);
        bool copied = parent.Memory.TryRead(area.Vaddr, used) && Memory.TryWrite(area.Vaddr, used);
        ArrayPool<byte>.Shared.Return(code);
        foreach (Site site in Sites)
        {
            if (!copied && area.Contains(site.SlotVaddr))
            {
                site.SlotVaddr = 0;
            }

            if (!copied && area.Contains(site.ExitSlotVaddr))
            {
                site.ExitSlotVaddr = 0;
            }
        }

        return copied;
    }

    /// <summary>A process begins to use the address space.</summary>
    public void AddUser(ThreadGroup group)
    {
        _users.Add(group);
        ProcessId = _users[0].Pid;
    }

    /// <summary>A process has ended, or has executed a program; true when nobody is left.</summary>
    public bool RemoveUser(ThreadGroup group)
    {
        _ = _users.Remove(group);
        return _users.Count == 0;
    }

    /// <summary>Mappings as of now, with a live task that has them; empty when all have ended.</summary>
    /// <remarks>/proc shows mappings by task, and a leader that called pthread_exit shows none while its threads live.</remarks>
    public List<VmArea> ReadAreas(out int tid)
    {
        foreach (ThreadGroup group in _users)
        {
            foreach (UprobeTask task in group.Tasks)
            {
                tid = task.Tracee.Tid;
                List<VmArea> areas = ProcFile.Maps(tid);
                if (areas.Count > 0)
                {
                    return areas;
                }
            }
        }

        tid = 0;
        return [];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // The descriptor's number may mean something else from now on.
        foreach (Site site in Sites)
        {
            Unwatch(site);
        }

        Memory.Dispose();
    }
}
