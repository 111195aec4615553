using System;
using System.Collections.Generic;
using ManagedUprobe.Arch;
using ManagedUprobe.Arch.X64;
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
    private const ulong Reach = 0x7000_0000;
    private const ulong LowestVaddr = 0x10000;
    private const ulong HighestVaddr = 0x7fff_ffff_0000;

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
        foreach (XolArea area in task.Mm.XolAreas)
        {
            if (IsNear(area.Vaddr, site.Vaddr) && (slotVaddr = area.GetInsnSlot(site)) != 0)
            {
                return true;
            }
        }

        slotVaddr = TryAddArea(task, site.Vaddr, out XolArea? added) ? added!.GetInsnSlot(site) : 0;
        return slotVaddr != 0;
    }

    /// <summary>Makes sure that the address space has an area, so that it has a trampoline.</summary>
    public bool TryEnsureTrampoline(UprobeTask task, ulong nearVaddr) =>
        task.Mm.TrampolineVaddr != 0 || TryAddArea(task, nearVaddr, out _);

    /// <summary>Runs a system call in the task, which stands at a breakpoint.</summary>
    public bool TrySyscall(UprobeTask task, in SyscallArguments call, out long result)
    {
        AddressSpace mm = task.Mm;
        result = -(long)Errno.ENOSYS;
        ulong insn = mm.XolAreas.Count > 0 ? mm.XolAreas[0].SyscallVaddr : FindSyscall(task);
        if (insn == 0)
        {
            return false;
        }

        return RemoteSyscall.TryRun(task.Tracee, _waits, insn, in call, task.Deferred, out result);
    }

    private bool TryAddArea(UprobeTask task, ulong nearVaddr, out XolArea? area)
    {
        area = null;
        List<VmArea> maps = ProcFile.Maps(task.Tracee.Tid);
        if (TryReuseArea(task, maps, nearVaddr, out area))
        {
            return true;
        }

        int tries = 0;
        foreach (ulong vaddr in Candidates(maps, nearVaddr))
        {
            var call = new SyscallArguments(
                SYS_mmap, vaddr, XolArea.Size, ProtReadExec, MapPrivateAnonymousFixedNoReplace, ulong.MaxValue);
            if (++tries > MaxTries || !TrySyscall(task, in call, out long result))
            {
                return false;
            }

            if (unchecked((ulong)result) == vaddr && task.Mm.Memory.TryWrite(vaddr, XolArea.Header))
            {
                area = new XolArea(vaddr);
                task.Mm.Add(area);
                return true;
            }
        }

        return false;
    }

    // An area that an earlier session has left; one that it did not leave in order (it was killed) stays as it is.
    private static bool TryReuseArea(UprobeTask task, List<VmArea> maps, ulong nearVaddr, out XolArea? area)
    {
        Span<byte> header = stackalloc byte[XolArea.LeftHeader.Length];
        foreach (VmArea candidate in maps)
        {
            if (candidate.Path.Length == 0 && candidate.End - candidate.Start == XolArea.Size && IsNear(candidate.Start, nearVaddr)
                && task.Mm.Memory.TryRead(candidate.Start, header) && header.SequenceEqual(XolArea.LeftHeader)
                && task.Mm.Memory.TryWrite(candidate.Start, XolArea.Header))
            {
                area = new XolArea(candidate.Start);
                task.Mm.Add(area);
                return true;
            }
        }

        area = null;
        return false;
    }

    // Gaps below the code first, the nearest one first, each well below its top; then what is left.
    private static IEnumerable<ulong> Candidates(List<VmArea> maps, ulong nearVaddr)
    {
        int above = maps.FindIndex(area => area.Start > nearVaddr);
        above = above < 0 ? maps.Count : above;
        for (int i = above - 1; i >= 0; i--)
        {
            ulong low = i == 0 ? LowestVaddr : maps[i - 1].End + Guard;
            ulong high = maps[i].Start;
            if (high > low && high - low >= Guard + XolArea.Size)
            {
                ulong below = Math.Min(Distance, (high - low) / 2) / PageSize * PageSize;
                ulong vaddr = high - Math.Max(below, Guard + XolArea.Size);
                if (IsNear(vaddr, nearVaddr))
                {
                    yield return vaddr;
                }
            }
        }

        for (int i = above - 1; i >= 0 && i < maps.Count; i++)
        {
            // The heap grows into the gap above it.
            ulong low = maps[i].Path == "[heap]" ? HighestVaddr : maps[i].End + Guard;
            ulong high = i + 1 < maps.Count ? maps[i + 1].Start : HighestVaddr;
            if (low + XolArea.Size + Guard <= high && IsNear(low, nearVaddr))
            {
                yield return low;
            }
        }
    }

    private static bool IsNear(ulong a, ulong b) => (a > b ? a - b : b - a) < Reach;

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
