using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using ManagedUprobe.Arch;
using ManagedUprobe.Arch.X64;
using ManagedUprobe.Primitives;
using ManagedUprobe.ProcFs;
using Microsoft.Win32.SafeHandles;

namespace ManagedUprobe.Uprobes.Survival;

/// <summary>Finds the int3 that a dead tracer has left in the text of a process: bytes that the mapped file does not have.</summary>
internal sealed class LeftBreakpoints
{
    private const byte Int3 = 0xcc;
    private const ulong PieceSize = 1 << 20;

    private readonly ITraceeMemory _memory;
    private readonly int _tid;

    /// <summary>Looks into a process.</summary>
    /// <param name="memory">Its memory.</param>
    /// <param name="tid">A task of it.</param>
    public LeftBreakpoints(ITraceeMemory memory, int tid)
    {
        _memory = memory;
        _tid = tid;
    }

    /// <summary>Addresses of int3 with the instruction that belongs there; only a first byte where the file cannot be read.</summary>
    /// <param name="maps">Mappings of the process.</param>
    /// <param name="guard">What the tracer has left there about its sites; null: every int3 counts that the file does not have.</param>
    public List<(ulong Vaddr, ArchUprobe Insn)> Find(List<VmArea> maps, LeftGuard? guard)
    {
        var found = new List<(ulong, ArchUprobe)>();
        foreach (VmArea area in maps)
        {
            if (area.ValidVma)
            {
                using SafeFileHandle? file = Open(area);
                FindIn(area, file, guard, found);
            }
        }

        return found;
    }

    /// <summary>The instructions that belong at some addresses, as far as their files can be read.</summary>
    public List<(ulong Vaddr, ArchUprobe Insn)> ReadInsns(List<VmArea> maps, IEnumerable<ulong> vaddrs)
    {
        var found = new List<(ulong, ArchUprobe)>();
        foreach (VmArea area in maps)
        {
            if (area.ValidVma)
            {
                using SafeFileHandle? file = Open(area);
                foreach (ulong vaddr in vaddrs)
                {
                    if (file != null && area.Contains(vaddr))
                    {
                        AddFromFile(area, vaddr, file, found);
                    }
                }
            }
        }

        return found;
    }

    private void FindIn(in VmArea area, SafeFileHandle? file, LeftGuard? guard, List<(ulong Vaddr, ArchUprobe Insn)> found)
    {
        if (guard == null)
        {
            for (ulong start = area.Start; file != null && start < area.End; start += PieceSize)
            {
                FindDifferences(area, start, Math.Min(PieceSize, area.End - start), file, found);
            }

            return;
        }

        Span<byte> now = stackalloc byte[1];
        foreach (ulong vaddr in guard.Slots.Keys)
        {
            if (area.Contains(vaddr) && _memory.TryRead(vaddr, now) && now[0] == Int3)
            {
                if (file != null)
                {
                    AddFromFile(area, vaddr, file, found);
                }
                else if (guard.Bytes.TryGetValue(vaddr, out byte original))
                {
                    found.Add((vaddr, InsnAnalyzer.Analyze([original])));
                }
            }
        }
    }

    private void FindDifferences(in VmArea area, ulong start, ulong length, SafeFileHandle file, List<(ulong Vaddr, ArchUprobe Insn)> found)
    {
        byte[] memory = new byte[length];
        byte[] original = new byte[length];
        int common = Math.Min(_memory.ReadUpTo(start, memory), RandomAccess.Read(file, original, (long)area.VaddrToOffset(start)));
        for (int i = memory.AsSpan(0, common).CommonPrefixLength(original); i < common; i++)
        {
            if (memory[i] == Int3 && original[i] != Int3)
            {
                AddFromFile(area, start + (ulong)i, file, found);
            }
        }
    }

    private static void AddFromFile(in VmArea area, ulong vaddr, SafeFileHandle file, List<(ulong Vaddr, ArchUprobe Insn)> found)
    {
        Span<byte> insn = stackalloc byte[InsnAnalyzer.MaxBytes];
        int length = RandomAccess.Read(file, insn, (long)area.VaddrToOffset(vaddr));
        if (length > 0 && insn[0] != Int3)
        {
            found.Add((vaddr, InsnAnalyzer.Analyze(insn[..length], CodeFile.ModeOf(file))));
        }
    }

    // A file that was deleted or replaced is still there through the mapping itself, for who may look.
    private SafeFileHandle? Open(in VmArea area)
    {
        string path = area.IsDeleted
            ? string.Create(CultureInfo.InvariantCulture, $"/proc/{_tid}/map_files/{area.Start:x}-{area.End:x}")
            : FileAliases.PathOf(area, _tid);
        try
        {
            return File.OpenHandle(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
