using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using ManagedUprobe.Arch.X64;
using ManagedUprobe.Primitives;
using ManagedUprobe.ProcFs;

namespace ManagedUprobe.Uprobes.Survival;

/// <summary>The guard that a dead tracer has left in a target, as it is read from the target's memory. Nothing of it is trusted: what does not fit is passed over.</summary>
internal sealed class LeftGuard
{
    private const ulong ValueMask = (1UL << TrapHandlerLayout.KindShift) - 1;

    private LeftGuard(ulong vaddr, TrapAction action)
    {
        Vaddr = vaddr;
        Action = action;
    }

    /// <summary>Start of its area.</summary>
    public ulong Vaddr { get; }

    /// <summary>What the program believes to have for SIGTRAP.</summary>
    public TrapAction Action { get; }

    /// <summary>Sites by address: where the instruction runs, 0 where it had no slot.</summary>
    public Dictionary<ulong, ulong> Slots { get; } = [];

    /// <summary>The bytes of sites without a slot.</summary>
    public Dictionary<ulong, byte> Bytes { get; } = [];

    /// <summary>Areas of slots but the first.</summary>
    public List<ulong> Areas { get; } = [];

    /// <summary>True return addresses by where they belong.</summary>
    public Dictionary<ulong, ulong> Returns { get; } = [];

    /// <summary>Reference counters that sites were added to, once for each site, by where that is noted.</summary>
    public Dictionary<ulong, ulong> Counters { get; } = [];

    /// <summary>Masks that threads should have, by thread, where the tracer had given them others.</summary>
    public static Dictionary<int, ulong> ReadMasks(ITraceeMemory memory, ulong guardVaddr)
    {
        var masks = new Dictionary<int, ulong>();
        foreach ((ulong tid, ulong mask) in ReadTable(memory, guardVaddr + TrapHandlerLayout.Masks, 1 << TrapHandlerLayout.MaskBits))
        {
            if ((mask & TrapHandlerLayout.MaskMark) != 0)
            {
                masks[unchecked((int)tid)] = mask & ~TrapHandlerLayout.MaskMark;
            }
        }

        return masks;
    }

    /// <summary>Looks for a guard that this version of us has made, or was about to make; null when there is none.</summary>
    public static LeftGuard? Find(ITraceeMemory memory, ExecutionMode mode, List<VmArea> maps)
    {
        foreach (VmArea area in maps)
        {
            if (IsOurs(memory, area, TargetGuard.Size) && HasCode(memory, area.Start))
            {
                LeftGuard guard = Read(memory, mode, area.Start, maps);
                guard.Areas.AddRange(FindAreas(memory, maps).FindAll(vaddr => !guard.Areas.Contains(vaddr)));
                return guard;
            }
        }

        return null;
    }

    // Without contents it was mapped a moment before the tracer's death.
    private static bool IsOurs(ITraceeMemory memory, in VmArea area, ulong size)
    {
        Span<byte> header = stackalloc byte[XolArea.Header.Length];
        return area.File.Inode == 0 && area.Path.Length == 0 && area.Start % XolArea.Size == 0 && area.End - area.Start == size
            && (area.Protection & (VmProtection.Execute | VmProtection.Write)) == VmProtection.Execute
            && memory.TryRead(area.Start, header)
            && (header.SequenceEqual(XolArea.Header) || !header.ContainsAnyExcept((byte)0));
    }

    private static bool HasCode(ITraceeMemory memory, ulong vaddr)
    {
        byte[] code = new byte[TrapHandlerCode.Bytes.Length];
        return memory.TryRead(vaddr + TrapHandlerLayout.CodeStart, code)
            && (TrapHandlerCode.Bytes.SequenceEqual(code) || !code.AsSpan().ContainsAnyExcept((byte)0));
    }

    /// <summary>Areas of slots by their looks: a thread may map one by itself when the tracer is dead, if it was about to.</summary>
    public static List<ulong> FindAreas(ITraceeMemory memory, List<VmArea> maps)
    {
        var found = new List<ulong>();
        foreach (VmArea area in maps)
        {
            if (IsOurs(memory, area, XolArea.Size))
            {
                found.Add(area.Start);
            }
        }

        return found;
    }

    private static LeftGuard Read(ITraceeMemory memory, ExecutionMode mode, ulong vaddr, List<VmArea> maps)
    {
        Span<byte> action = stackalloc byte[TrapAction.Size];
        bool known = memory.TryRead(vaddr + TrapHandlerLayout.ActionStart, action);
        var guard = new LeftGuard(vaddr, known ? TrapAction.Parse(action) : TrapAction.Default);
        guard.ReadSites(memory, maps);
        guard.ReadReturns(memory, mode);
        guard.ReadCounters(memory);
        return guard;
    }

    private void ReadSites(ITraceeMemory memory, List<VmArea> maps)
    {
        foreach ((ulong key, ulong value) in ReadTable(memory, Vaddr + TrapHandlerLayout.Sites, 1 << TrapHandlerLayout.SiteBits))
        {
            switch (value >> TrapHandlerLayout.KindShift)
            {
                case TrapHandlerLayout.KindSlot:
                    Slots[key] = value & ValueMask;
                    break;
                case TrapHandlerLayout.KindByte:
                    Slots[key] = 0;
                    Bytes[key] = (byte)(value & byte.MaxValue);
                    break;
                case TrapHandlerLayout.KindArea when maps.Exists(area => area.Start <= key && key + XolArea.Size <= area.End && (area.Protection & VmProtection.Write) == 0 && area.File.Inode == 0):
                    Areas.Add(key);
                    break;
                default:
                    break;
            }
        }
    }

    private void ReadReturns(ITraceeMemory memory, ExecutionMode mode)
    {
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        ulong first = Vaddr + TrapHandlerLayout.Returns;
        ulong second = first + TrapHandlerLayout.ReturnsSize;
        bool isSecond = memory.TryRead(Vaddr + TrapHandlerLayout.ActiveReturns, word)
            && unchecked(Vaddr + TrapHandlerLayout.CodeStart + BinaryPrimitives.ReadUInt64LittleEndian(word)) == second;
        foreach ((ulong stackVaddr, ulong returnVaddr) in ReadTable(memory, isSecond ? second : first, 1 << TrapHandlerLayout.ReturnBits))
        {
            // Entries of calls that have returned stay in the table.
            word.Clear();
            if (memory.TryRead(stackVaddr, word[..mode.WordSize()]) && BinaryPrimitives.ReadUInt64LittleEndian(word) == Vaddr)
            {
                Returns[stackVaddr] = returnVaddr;
            }
        }
    }

    private void ReadCounters(ITraceeMemory memory)
    {
        foreach ((ulong vaddr, _, ulong counter) in ReadEntries(memory, Vaddr + TrapHandlerLayout.Counters, 1 << TrapHandlerLayout.CounterBits))
        {
            if (counter != 0)
            {
                Counters[vaddr + sizeof(ulong)] = counter;
            }
        }
    }

    private static List<(ulong Key, ulong Value)> ReadTable(ITraceeMemory memory, ulong vaddr, int entries) =>
        ReadEntries(memory, vaddr, entries).ConvertAll(entry => (entry.Key, entry.Value));

    private static List<(ulong Vaddr, ulong Key, ulong Value)> ReadEntries(ITraceeMemory memory, ulong vaddr, int entries)
    {
        byte[] table = new byte[entries * TrapHandlerLayout.EntrySize];
        var found = new List<(ulong, ulong, ulong)>();
        if (memory.TryRead(vaddr, table))
        {
            for (int at = 0; at < table.Length; at += TrapHandlerLayout.EntrySize)
            {
                ulong key = BinaryPrimitives.ReadUInt64LittleEndian(table.AsSpan(at));
                if (key != 0)
                {
                    found.Add((vaddr + (ulong)at, key, BinaryPrimitives.ReadUInt64LittleEndian(table.AsSpan(at + sizeof(ulong)))));
                }
            }
        }

        return found;
    }
}
