using System;
using System.Collections.Generic;
using System.Globalization;
using ManagedUprobe.Arch;
using ManagedUprobe.Arch.X64;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;
using ManagedUprobe.ProcFs;

namespace ManagedUprobe.Uprobes;

/// <summary>Keeps the sites of an address space in step with its mappings.</summary>
internal sealed class MmapHooks
{
    private readonly UprobesState _state;
    private readonly SyscallWatch _watch = new();
    private readonly UnwinderWatch _unwinders;
    private readonly LinkerWatch _linkers;
    private readonly FileAliases _aliases = new();
    private readonly List<UprobeNode> _found = [];

    public MmapHooks(UprobesState state, IUnwinderFinder unwinders)
    {
        _state = state;
        _unwinders = new UnwinderWatch(unwinders);
        _linkers = new LinkerWatch(unwinders);
    }

    /// <summary>Reads what <see cref="UprobeMmap(AddressSpace, AddressRange, Action?)"/> will want to know of the files of a process: once it is traced, its stops should not wait for that.</summary>
    public void Prepare(int pid)
    {
        string? program = ProgramOf(pid);
        foreach (VmArea area in ProcFile.Maps(pid))
        {
            if (area.ValidVma && SyscallWatch.IsMapper(area, program))
            {
                _watch.Prepare(area, _aliases.Resolve(area, pid), pid);
            }

            if (area.ValidVma && _state.ReplacesReturnAddresses && UnwinderWatch.MayHold(area, program))
            {
                _ = _unwinders.FindSites(area, _aliases.Resolve(area, pid), pid);
            }
        }
    }

    /// <summary>Looks at all mappings of an address space: places what is missing, forgets what is gone.</summary>
    /// <param name="mm">The address space.</param>
    /// <param name="changed">Addresses whose mapping is new: what was placed there before may be gone.</param>
    /// <param name="watched">Called when the calls are watched, before a probe is placed; null: not needed.</param>
    public void UprobeMmap(AddressSpace mm, AddressRange changed, Action? watched = null)
    {
        List<VmArea> areas = mm.ReadAreas(out int tid);
        if (areas.Count == 0)
        {
            return;
        }

        ForgetUnmapped(mm, areas, changed);
        mm.WatchesMasks |= HitsWithSignalsBlocked(mm, areas, tid);
        string? program = ProgramOf(tid);
        foreach (VmArea area in areas)
        {
            if (SyscallWatch.IsMapper(area, program) && area.ValidVma && !mm.IsOurs(area.Start))
            {
                WatchMapper(mm, tid, area);
            }
        }

        watched?.Invoke();
        foreach (VmArea area in areas)
        {
            if (area.ValidVma && !mm.IsOurs(area.Start))
            {
                UprobeMmap(mm, tid, area, areas, program);
            }
        }

        mm.Sites.ForgetMoved();
        RefCounter.IncrementAwaited(mm, areas, tid, _aliases);
    }

    /// <summary>Places one uprobe wherever its file is mapped.</summary>
    public void InstallEverywhere(AddressSpace mm, UprobeNode node)
    {
        if (!mm.IsFollowed || !node.Wants(mm.ProcessId))
        {
            return;
        }

        List<VmArea> areas = mm.ReadAreas(out int tid);
        foreach (VmArea area in areas)
        {
            if (area.ValidVma && area.ContainsOffset(node.Offset) && _aliases.Resolve(area, tid) == node.File)
            {
                Install(mm, area.OffsetToVaddr(node.Offset), node, areas, tid);
                if (!mm.WatchesMasks && mm.Mode == ExecutionMode.Bits64 && HitsWithSignalsBlocked(area))
                {
                    WatchMasks(mm);
                }
            }
        }
    }

    /// <summary>Has calls that change masks answered by us from now on.</summary>
    public void WatchMasks(AddressSpace mm)
    {
        mm.WatchesMasks = true;
        UprobeMmap(mm, default);
    }

    /// <summary>Whether a process, traced or not, maps any of the probed files.</summary>
    public bool MapsProbedFile(int tid)
    {
        foreach (VmArea area in ProcFile.Maps(tid))
        {
            if (area.ValidVma && _state.Tree.HasFile(_aliases.Resolve(area, tid)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The mapping of a task near which displaced instructions will run: the first that is probed, or the program itself.</summary>
    public ulong FindProbedText(int tid)
    {
        List<VmArea> areas = ProcFile.Maps(tid);
        foreach (VmArea area in areas)
        {
            if (area.ValidVma && _state.Tree.HasFile(_aliases.Resolve(area, tid)))
            {
                return area.Start;
            }
        }

        return areas.Find(area => area.ValidVma).Start;
    }

    /// <summary>Whether probes will be hit with all signals blocked, as far as is known: libc is probed.</summary>
    public bool HitsWithSignalsBlocked(AddressSpace mm) => HitsWithSignalsBlocked(mm, mm.ReadAreas(out int tid), tid);

    private bool HitsWithSignalsBlocked(AddressSpace mm, List<VmArea> areas, int tid) =>
        mm.IsFollowed && mm.Mode == ExecutionMode.Bits64 && areas.Exists(area => HitsWithSignalsBlocked(area) && _state.Tree.HasFile(_aliases.Resolve(area, tid)));

    // libc starts and ends threads with all signals blocked.
    private static bool HitsWithSignalsBlocked(in VmArea area) => area.ValidVma && SyscallWatch.IsMapper(area, program: null);

    private void UprobeMmap(AddressSpace mm, int tid, in VmArea area, List<VmArea> areas, string? program)
    {
        FileIdentity file = _aliases.Resolve(area, tid);
        if (mm.IsFollowed)
        {
            _found.Clear();
            _state.Tree.BuildProbeList(file, area.Offset, area.End - area.Start, _found);
            foreach (UprobeNode node in _found)
            {
                if (node.Wants(mm.ProcessId))
                {
                    Install(mm, area.OffsetToVaddr(node.Offset), node, areas, tid);
                }
            }
        }

        if (_state.ReplacesReturnAddresses && mm.IsFollowed && UnwinderWatch.MayHold(area, program))
        {
            WatchUnwinders(mm, tid, area, file);
        }
    }

    // 32-bit code calls the kernel through the vDSO, or by instructions that have no slot: its dynamic linker says when it has mapped something.
    private void WatchMapper(AddressSpace mm, int tid, in VmArea area)
    {
        if (mm.Mode == ExecutionMode.Bits64)
        {
            WatchCalls(mm, tid, area);
            return;
        }

        foreach (UnwinderSite linker in _linkers.FindSites(area, _aliases.Resolve(area, tid), tid))
        {
            if (area.ContainsOffset(linker.Offset) && linker.Insn.Mode == mm.Mode)
            {
                Site site = GetOrAdd(mm, area.OffsetToVaddr(linker.Offset), linker.Insn);
                site.WatchesLinker = true;
                _ = TryInstall(mm, site);
            }
        }
    }

    private void WatchCalls(AddressSpace mm, int tid, in VmArea area)
    {
        foreach (SyscallSite call in _watch.FindSites(area, _aliases.Resolve(area, tid), tid, mm.Memory))
        {
            if (mm.WatchesMasks || !SyscallWatch.IsSigmask(call))
            {
                Site site = GetOrAdd(mm, area.OffsetToVaddr(call.Offset), SyscallWatch.Insn);
                site.WatchesSyscall = true;
                site.WatchesSigaction = SyscallWatch.IsSigaction(call);
                site.WatchesMask = SyscallWatch.IsSigmask(call);
                _ = TryInstall(mm, site);
            }
        }
    }

    private void WatchUnwinders(AddressSpace mm, int tid, in VmArea area, FileIdentity file)
    {
        foreach (UnwinderSite unwinder in _unwinders.FindSites(area, file, tid))
        {
            if (area.ContainsOffset(unwinder.Offset) && unwinder.Insn.Mode == mm.Mode)
            {
                Site site = GetOrAdd(mm, area.OffsetToVaddr(unwinder.Offset), unwinder.Insn);
                site.StartsUnwinding |= unwinder.IsEntry;
                site.EndsUnwinding |= !unwinder.IsEntry;
                _ = TryInstall(mm, site);
            }
        }
    }

    private void Install(AddressSpace mm, ulong vaddr, UprobeNode node, List<VmArea> areas, int tid)
    {
        if (node.Insn.Mode != mm.Mode)
        {
            _state.Log($"process {mm.ProcessId}: it runs {mm.Mode.Describe()} code, and the file at 0x{vaddr:x} holds {node.Insn.Mode.Describe()} code: not probed there");
            return;
        }

        Site site = GetOrAdd(mm, vaddr, node.Insn);
        site.Node = node;
        bool isNew = !site.Armed;
        if (!TryInstall(mm, site))
        {
            _state.Log($"process {mm.ProcessId}: memory at 0x{vaddr:x} is not what the file has at offset 0x{node.Offset:x}: not probed there");
            return;
        }

        RefCounter.Increment(mm, site, areas, tid, _aliases);
        if (isNew && _state.IsVerbose)
        {
            _state.Log($"process {mm.ProcessId}: {(node.Consumers.IsEmpty ? "return site" : "placed")} at 0x{vaddr:x} (offset 0x{node.Offset:x}, {node.Insn.Disassemble(vaddr)})");
        }
    }

    private static string? ProgramOf(int tid) => Libc.ReadLink(string.Create(CultureInfo.InvariantCulture, $"/proc/{tid}/exe"));

    private bool TryInstall(AddressSpace mm, Site site)
    {
        if (!_state.SingleStep)
        {
            SlotMaker.Prepare(mm, site);
        }

        return BreakpointInstaller.TryInstall(mm, site);
    }

    private static Site GetOrAdd(AddressSpace mm, ulong vaddr, ArchUprobe insn) => mm.Sites.Find(vaddr) ?? mm.Sites.Add(vaddr, insn);

    private static void ForgetUnmapped(AddressSpace mm, List<VmArea> areas, AddressRange changed)
    {
        List<Site>? gone = null;
        foreach (Site site in mm.Sites.All)
        {
            if (!IsMapped(areas, site.Vaddr) || (changed.Contains(site.Vaddr) && !BreakpointInstaller.IsArmed(mm, site)))
            {
                (gone ??= []).Add(site);
            }
        }

        foreach (Site site in gone ?? [])
        {
            mm.Forget(site);
        }
    }

    private static bool IsMapped(List<VmArea> areas, ulong vaddr)
    {
        int low = 0;
        int high = areas.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (areas[middle].Contains(vaddr))
            {
                return areas[middle].ValidVma;
            }

            (low, high) = vaddr < areas[middle].Start ? (low, middle - 1) : (middle + 1, high);
        }

        return false;
    }
}
