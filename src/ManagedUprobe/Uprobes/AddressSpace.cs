using System;
using System.Buffers;
using System.Collections.Generic;
using System.Linq;
using ManagedUprobe.Primitives;
using ManagedUprobe.ProcFs;
using ManagedUprobe.Ptrace;
using ManagedUprobe.Uprobes.Survival;

namespace ManagedUprobe.Uprobes;

/// <summary>One traced address space (mm_struct with its uprobes_state): memory, sites and out-of-line areas. Tracer thread.</summary>
/// <remarks>Sites belong to the address space, never to a pid: vfork and CLONE_VM children share them.</remarks>
internal sealed class AddressSpace : IDisposable
{
    private readonly List<ThreadGroup> _users = [];

    public AddressSpace(TraceeMemory memory)
    {
        Memory = memory;
        Returns = new SharedReturns(_users);
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

    /// <summary>Its sites.</summary>
    public SiteTable Sites { get; } = new();

    /// <summary>Its out-of-line areas.</summary>
    public XolAreas Areas { get; } = new();

    /// <summary>Calls whose returns are awaited, of all its threads.</summary>
    public SharedReturns Returns { get; }

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

    /// <summary>Forgets a site whose mapping is gone.</summary>
    public void Forget(Site site)
    {
        // Its counter may be gone as well, or be something else's memory soon.
        _ = site.RefCtrVaddr == 0 || Guard?.TrySetCounter(site.Vaddr, 0) == true;
        Unwatch(site);
        Sites.Forget(site);
    }

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

    /// <summary>Adds an area that has been mapped and written.</summary>
    public void Add(XolArea area)
    {
        Areas.Add(area);
        _ = Guard?.TryAddArea(area.Vaddr);
    }

    /// <summary>The guard is in place, in an area of its own.</summary>
    public void Add(TargetGuard guard)
    {
        Guard = guard;
        Areas.AddFirst(new XolArea(guard.Vaddr));
    }

    /// <summary>Takes over the areas that a dead tracer has left.</summary>
    public void TakeOver(TargetGuard guard, List<ulong> others)
    {
        Add(guard);
        Areas.TakeOver(others);
    }

    /// <summary>A site whose slot was made by a dead tracer.</summary>
    public void TakeOver(Site site)
    {
        Sites.Add(site);
        Areas.TakeOver(site);
    }

    /// <summary>Everything of ours is gone from the address space.</summary>
    public void ForgetAreas()
    {
        Guard = null;
        Areas.Clear();
    }

    /// <summary>Whether <paramref name="vaddr"/> lies in memory of ours.</summary>
    public bool IsOurs(ulong vaddr) => Areas.Contains(vaddr) || Guard?.Contains(vaddr) == true;

    /// <summary>uprobe_dup_mmap: the copy that a forked child has, with our breakpoints and areas in it.</summary>
    /// <param name="memory">The child's memory.</param>
    public AddressSpace Fork(TraceeMemory memory)
    {
        var child = new AddressSpace(memory) { Mode = Mode, IsFollowed = IsFollowed, AwaitsRefCounters = AwaitsRefCounters, SyscallVaddr = SyscallVaddr, Watcher = Watcher, WatchesMasks = WatchesMasks };
        foreach (Site site in Sites.All)
        {
            child.Sites.Add(site.Fork());
        }

        child.Returns.Left.CopyFrom(Returns.Left);
        foreach (XolArea area in Areas.All)
        {
            if (child.TryCopyFrom(this, area))
            {
                child.Add(area.Fork(site => child.Sites.Find(site.Vaddr) ?? site.Fork()));
            }
        }

        child.Guard = Guard?.Fork(memory);
        foreach (Site site in child.Sites.All)
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
        foreach (Site site in Sites.All)
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
        foreach (Site site in Sites.All)
        {
            Unwatch(site);
        }

        Memory.Dispose();
    }
}
