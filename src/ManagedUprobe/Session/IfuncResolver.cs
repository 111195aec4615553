using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using ManagedUprobe.Elf;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;
using ManagedUprobe.ProcFs;
using ManagedUprobe.Uprobes;

namespace ManagedUprobe.Session;

/// <summary>
/// Finds what an IFUNC resolves to: a consumer on the resolver, whose return value is the function that runs. Where a target has resolved it before we came, its
/// GOT says so. Tracer thread.
/// </summary>
internal sealed class IfuncResolver : UprobeConsumer
{
    private readonly string _path;
    private readonly ulong _resolverOffset;
    private readonly Action<string, ulong> _found;
    private readonly HashSet<ulong> _known = [];

    /// <summary>Creates the consumer.</summary>
    /// <param name="path">File of the IFUNC.</param>
    /// <param name="resolverOffset">File offset of its resolver.</param>
    /// <param name="found">Called once for each function found, with its file and offset.</param>
    public IfuncResolver(string path, ulong resolverOffset, Action<string, ulong> found)
    {
        _path = path;
        _resolverOffset = resolverOffset;
        _found = found;
    }

    /// <inheritdoc/>
    public override bool HasHandler => false;

    /// <inheritdoc/>
    public override bool HasReturnHandler => true;

    /// <inheritdoc/>
    public override void ReturnHandler(UprobeContext context) => Add(ProcFile.Maps(context.ThreadId), context.Registers.rax);

    /// <summary>Looks into the GOTs of a process for a function that was resolved before.</summary>
    /// <param name="tid">A task of the process.</param>
    /// <param name="memory">Its memory.</param>
    /// <param name="symbol">Name of the IFUNC.</param>
    public void LookInto(int tid, ITraceeMemory memory, string symbol)
    {
        List<VmArea> maps = ProcFile.Maps(tid);
        using var file = ElfFile.Open(_path);
        if (!file.TryOffsetToVaddr(_resolverOffset, out ulong resolverVaddr))
        {
            return;
        }

        string? last = null;
        foreach (VmArea module in maps)
        {
            if (module.File.Inode != 0 && module.Offset == 0 && !module.IsDeleted && module.Path != last)
            {
                last = module.Path;
                LookInto(maps, module, FileAliases.PathOf(module, tid), memory, resolverVaddr, symbol);
            }
        }
    }

    private void LookInto(
        List<VmArea> maps, VmArea module, string path, ITraceeMemory memory, ulong resolverVaddr, string symbol)
    {
        try
        {
            using var elf = ElfFile.Open(path);
            if (!elf.TryOffsetToVaddr(0, out ulong firstVaddr))
            {
                return;
            }

            ulong bias = unchecked(module.Start - firstVaddr);
            bool own = Libc.Stat(path, out FileStat a) == 0 && Libc.Stat(_path, out FileStat b) == 0 && a.Identity == b.Identity;
            Read(maps, elf.FindSlots(symbol), bias, memory);
            Read(maps, own ? elf.FindResolvedSlots(resolverVaddr) : [], bias, memory);
        }
        catch (UprobeException)
        {
            // Mapped, but no ELF file of ours: it has no GOT.
        }
    }

    private void Read(List<VmArea> maps, IReadOnlyList<RelocationSlot> slots, ulong bias, ITraceeMemory memory)
    {
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        foreach (RelocationSlot slot in slots)
        {
            if (memory.TryRead(unchecked(slot.Vaddr + bias), word))
            {
                Add(maps, BinaryPrimitives.ReadUInt64LittleEndian(word));
            }
        }
    }

    // A slot that is not bound yet points into its own module's PLT: only code of the library itself is the function.
    private void Add(List<VmArea> maps, ulong vaddr)
    {
        VmArea area = maps.Find(candidate => candidate.Contains(vaddr));
        if (!area.ValidVma || Libc.Stat(_path, out FileStat wanted) != 0)
        {
            return;
        }

        bool same = area.File == wanted.Identity || Path.GetFileName(area.Path) == Path.GetFileName(_path);
        ulong offset = area.VaddrToOffset(vaddr);
        if (same && _known.Add(offset))
        {
            _found(_path, offset);
        }
    }
}
