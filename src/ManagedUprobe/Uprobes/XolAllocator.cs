using System;
using System.Collections.Generic;
using ManagedUprobe.Arch;
using ManagedUprobe.Arch.X64;
using ManagedUprobe.Primitives;
using ManagedUprobe.ProcFs;
using ManagedUprobe.Ptrace;
using Mono.Unix.Native;

namespace ManagedUprobe.Uprobes;

/// <summary>Maps out-of-line areas within reach of the code that they serve.</summary>
/// <remarks>
/// The mmap call is injected into a thread that stands at a breakpoint anyway: no thread is stopped for it. Addresses come from gaps of /proc/PID/maps and
/// are taken with MAP_FIXED_NOREPLACE, so that a race with the program's own mmap costs one more try and never a mapping.
/// </remarks>
internal sealed class XolAllocator
{
    private const int SYS_mmap = 9;
    private const ulong ProtReadExec = 1 | 4;
    private const ulong MapPrivateAnonymousFixedNoReplace = 0x02 | 0x20 | 0x100000;
    private const ulong LowestVaddr = 0x10000;
    private const ulong HighestVaddr = 0x7fff_ffff_0000;
    private const ulong HighestVaddr32 = 0xffff_0000;

    // Room that is left to what grows beside the gap: the stack and the heap.
    private const ulong Guard = 64 * 1024;

    // The kernel maps downwards from the lowest library: an area right there would move everything that the program maps later.
    private const ulong Distance = 512UL * 1024 * 1024;
    private const int MaxTries = 64;
    private const int PageSize = 4096;

    private readonly WaitQueue _waits;

    public XolAllocator(WaitQueue waits) => _waits = waits;

    /// <summary>A slot for a site, in an area near it. Precondition: the task is stopped at a breakpoint.</summary>
    /// <returns>False when the thread has ended, or no memory is to be had.</returns>
    public bool TryGetSlot(UprobeTask task, Site site, out ulong slotVaddr)
    {
        slotVaddr = SlotMaker.FindFree(task.Mm, site);
        if (slotVaddr != 0)
        {
            return true;
        }

        slotVaddr = TryAddArea(task, site.Vaddr, out XolArea? added) ? added!.GetInsnSlot(site) : 0;
        return slotVaddr != 0;
    }

    /// <summary>Makes sure that the address space has an area, so that it has a trampoline.</summary>
    public bool TryEnsureTrampoline(UprobeTask task, ulong nearVaddr) =>
        task.Mm.Areas.TrampolineVaddr != 0 || TryAddArea(task, nearVaddr, out _);

    /// <summary>Runs a system call in the task, which stands at a breakpoint.</summary>
    public bool TrySyscall(UprobeTask task, in SyscallArguments call, out long result)
    {
        result = -(long)Errno.ENOSYS;
        SyscallPlace place = PlaceFor(task);
        if (place.Vaddr == 0)
        {
            return false;
        }

        TrapMask.Lend(task);
        bool ran = RemoteSyscall.TryRun(task.Tracee, _waits, place, in call, task.TrapVaddr, task.Deferred, out result, out _);
        TrapMask.TakeBack(task);
        return ran;
    }

    /// <summary>Where calls run in a task's address space; address 0 when nothing can be found.</summary>
    public static SyscallPlace PlaceFor(UprobeTask task)
    {
        AddressSpace mm = task.Mm;
        return mm.Guard != null ? new SyscallPlace(mm.Guard.FrameVaddr, mm.Memory)
            : !mm.Areas.IsEmpty ? new SyscallPlace(mm.Areas.All[0].SyscallVaddr, null)
            : new SyscallPlace(FindSyscall(task), null);
    }

    /// <summary>Maps memory of ours, readable and executable.</summary>
    /// <param name="maps">Mappings of the target.</param>
    /// <param name="mode">The mode of the code that is to reach it.</param>
    /// <param name="nearVaddr">What it should be within reach of.</param>
    /// <param name="size">Bytes.</param>
    /// <param name="run">Runs a system call in the target; false when there is no going on.</param>
    /// <returns>The address, a multiple of an area's size; 0 when none is to be had.</returns>
    public static ulong Map(List<VmArea> maps, ExecutionMode mode, ulong nearVaddr, ulong size, RemoteCall run)
    {
        int tries = 0;
        foreach (ulong vaddr in Candidates(maps, mode, nearVaddr, size))
        {
            var call = new SyscallArguments(SYS_mmap, vaddr, size, ProtReadExec, MapPrivateAnonymousFixedNoReplace, ulong.MaxValue);
            if (++tries > MaxTries || !run(in call, out long result))
            {
                return 0;
            }

            if (unchecked((ulong)result) == vaddr)
            {
                return vaddr;
            }
        }

        return 0;
    }

    private bool TryAddArea(UprobeTask task, ulong nearVaddr, out XolArea? area)
    {
        area = null;
        List<VmArea> maps = ProcFile.Maps(task.Tracee.Tid);
        ulong vaddr = Map(maps, task.Mm.Mode, nearVaddr, XolArea.Size, (in SyscallArguments call, out long result) => TrySyscall(task, in call, out result));
        if (vaddr == 0 || !task.Mm.Memory.TryWrite(vaddr, XolArea.Header))
        {
            return false;
        }

        area = new XolArea(vaddr);
        task.Mm.Add(area);
        return true;
    }

    // Gaps below the code first, the nearest one first, each well below its top; then what is left.
    private static IEnumerable<ulong> Candidates(List<VmArea> maps, ExecutionMode mode, ulong nearVaddr, ulong size)
    {
        ulong highest = mode == ExecutionMode.Bits64 ? HighestVaddr : HighestVaddr32;
        int above = maps.FindIndex(area => area.Start > nearVaddr);
        above = above < 0 ? maps.Count : above;
        for (int i = above - 1; i >= 0; i--)
        {
            ulong low = i == 0 ? LowestVaddr : maps[i - 1].End + Guard;
            ulong high = maps[i].Start;
            if (high > low && high - low >= Guard + size + XolArea.Size)
            {
                ulong below = Math.Min(Distance, (high - low) / 2);
                ulong vaddr = (high - Math.Max(below, Guard + size)) & ~(XolArea.Size - 1UL);
                if (vaddr >= low && SlotMaker.IsNear(vaddr, nearVaddr))
                {
                    yield return vaddr;
                }
            }
        }

        for (int i = above - 1; i >= 0 && i < maps.Count; i++)
        {
            // The heap grows into the gap above it.
            ulong low = maps[i].Path == "[heap]" ? highest : (maps[i].End + Guard + XolArea.Size - 1) & ~(XolArea.Size - 1UL);
            ulong high = i + 1 < maps.Count ? Math.Min(maps[i + 1].Start, highest) : highest;
            if (low + size + Guard <= high && SlotMaker.IsNear(low, nearVaddr))
            {
                yield return low;
            }
        }
    }

    private static ulong FindSyscall(UprobeTask task)
    {
        AddressSpace mm = task.Mm;
        if (mm.SyscallVaddr == 0)
        {
            List<VmArea> maps = ProcFile.Maps(task.Tracee.Tid);
            mm.SyscallVaddr = FindSyscallIn(mm.Memory, maps.Find(area => area.Path == "[vdso]"));
            for (int i = 0; i < maps.Count && mm.SyscallVaddr == 0; i++)
            {
                mm.SyscallVaddr = maps[i].ValidVma ? FindSyscallIn(mm.Memory, maps[i]) : 0;
            }
        }

        return mm.SyscallVaddr;
    }

    private static ulong FindSyscallIn(TraceeMemory memory, VmArea area)
    {
        Span<byte> page = stackalloc byte[PageSize];
        for (ulong vaddr = area.Start; vaddr < area.End; vaddr += PageSize)
        {
            int length = memory.ReadUpTo(vaddr, page);
            int index = SyscallScanner.FindAny(page[..length]);
            if (index >= 0)
            {
                return vaddr + (ulong)index;
            }
        }

        return 0;
    }
}
