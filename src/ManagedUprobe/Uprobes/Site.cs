using ManagedUprobe.Arch;

namespace ManagedUprobe.Uprobes;

/// <summary>One probed address in one address space, whatever the number of consumers on it. Lives as long as the address space.</summary>
/// <remarks>
/// A site outlives its breakpoint: a thread may be on its way to us with an int3 that was removed meanwhile, and a boosted slot is never reused, because
/// the tracer does not see threads leave it.
/// </remarks>
internal sealed class Site
{
    public Site(ulong vaddr, ArchUprobe insn)
    {
        Vaddr = vaddr;
        Insn = insn;
    }

    /// <summary>Address of the probed instruction.</summary>
    public ulong Vaddr { get; }

    /// <summary>The displaced instruction.</summary>
    public ArchUprobe Insn { get; }

    /// <summary>The uprobe that is placed here; null when the site is only one of our own.</summary>
    public UprobeNode? Node { get; set; }

    /// <summary>Whether this is a system call instruction on which new mappings are noticed.</summary>
    public bool WatchesSyscall { get; set; }

    /// <summary>Whether that call may set the program's action for SIGTRAP.</summary>
    public bool WatchesSigaction { get; set; }

    /// <summary>Whether that call may change the mask of blocked signals.</summary>
    public bool WatchesMask { get; set; }

    /// <summary>Whether an unwinder begins to look at the stack here.</summary>
    public bool StartsUnwinding { get; set; }

    /// <summary>Whether an unwinder may have done with the stack here.</summary>
    public bool EndsUnwinding { get; set; }

    /// <summary>Whether the dynamic linker comes here when it has changed what is mapped.</summary>
    public bool WatchesLinker { get; set; }

    /// <summary>Whether memory holds our int3 here.</summary>
    public bool Armed { get; set; }

    /// <summary>Address of the reference counter in which this site is counted; 0 while it is in none.</summary>
    public ulong RefCtrVaddr { get; set; }

    /// <summary>The watcher's note of the changed byte, -1 when there is none.</summary>
    public int WatchEntry { get; set; } = -1;

    /// <summary>Address of the out-of-line slot, 0 until the first hit where no area is near that has room.</summary>
    public ulong SlotVaddr { get; set; }

    /// <summary>Whether the slot has no way back: its thread makes one step in it.</summary>
    public bool IsStepped { get; set; }

    /// <summary>Instruction boundaries of the slot.</summary>
    public SlotLayout Layout { get; set; }

    /// <summary>Address of the second slot of a watched system call, which stops behind the call; 0 until it is needed.</summary>
    public ulong ExitSlotVaddr { get; set; }

    /// <summary>The generation of the address space's sites at which <see cref="ReturnsArePlaced"/> was found out; -1 before.</summary>
    public long ReturnsCheckedAt { get; set; } = -1;

    /// <summary>Whether all return instructions of the function that begins here were probed then.</summary>
    public bool ReturnsArePlaced { get; set; }

    /// <summary>Whether anything is left to do here at a hit.</summary>
    public bool IsWanted => Node != null || WatchesSyscall || WatchesLinker || StartsUnwinding || EndsUnwinding;

    /// <summary>Begins again, with what is out of line: nothing is placed here, nobody asks for anything.</summary>
    public void Reset()
    {
        Node = null;
        (WatchesSyscall, WatchesLinker, StartsUnwinding, EndsUnwinding) = (false, false, false, false);
        (Armed, RefCtrVaddr, WatchEntry) = (false, 0, -1);
        (ReturnsArePlaced, ReturnsCheckedAt) = (false, -1);
    }

    /// <summary>A copy for the address space of a forked child.</summary>
    public Site Fork() => new(Vaddr, Insn)
    {
        Node = Node,
        WatchesSyscall = WatchesSyscall,
        WatchesLinker = WatchesLinker,
        WatchesSigaction = WatchesSigaction,
        WatchesMask = WatchesMask,
        StartsUnwinding = StartsUnwinding,
        EndsUnwinding = EndsUnwinding,
        Armed = Armed,
        RefCtrVaddr = RefCtrVaddr,
        SlotVaddr = SlotVaddr,
        IsStepped = IsStepped,
        Layout = Layout,
        ExitSlotVaddr = ExitSlotVaddr,
    };
}
