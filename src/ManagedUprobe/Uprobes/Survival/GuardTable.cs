using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using ManagedUprobe.Arch.X64;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Uprobes.Survival;

/// <summary>A table of key and value in the target's memory, which its trap handler reads, with a copy of it here. Open addressing; nothing is ever taken out.</summary>
/// <remarks>A value is in place before its key: the handler may look at any instant.</remarks>
internal sealed class GuardTable
{
    // No value of ours.
    private const ulong Unknown = ulong.MaxValue;

    private readonly Func<ulong, int> _indexOf;
    private readonly int _capacity;
    private readonly Dictionary<ulong, (int Index, ulong Value)> _entries = [];
    private readonly HashSet<int> _used = [];

    /// <summary>Describes an empty table.</summary>
    /// <param name="vaddr">Where it is in the target.</param>
    /// <param name="bits">Logarithm of the number of entries.</param>
    /// <param name="indexOf">Where an entry should be.</param>
    public GuardTable(ulong vaddr, int bits, Func<ulong, int> indexOf)
    {
        Vaddr = vaddr;
        _capacity = 1 << bits;
        _indexOf = indexOf;
    }

    /// <summary>Where the table is in the target.</summary>
    public ulong Vaddr { get; }

    /// <summary>Whether the table takes no more keys: a search must come to a free entry soon.</summary>
    public bool IsFull => _entries.Count >= _capacity / 4 * 3;

    /// <summary>Sets a value; nothing is written when the target has it already.</summary>
    /// <returns>False when the table is full, or memory cannot be written.</returns>
    public bool TrySet(ITraceeMemory memory, ulong key, ulong value)
    {
        bool known = _entries.TryGetValue(key, out (int Index, ulong Value) entry);
        if (known && entry.Value == value)
        {
            return true;
        }

        int index = known ? entry.Index : FindFree(key);
        if (index < 0 || !TryWrite(memory, index, key, value))
        {
            return false;
        }

        _ = _used.Add(index);
        _entries[key] = (index, value);
        return true;
    }

    /// <summary>The table of a forked child, whose memory may lack what was written after the fork: every value is written again when it is set next.</summary>
    public GuardTable Fork()
    {
        var child = new GuardTable(Vaddr, int.Log2(_capacity), _indexOf);
        foreach ((ulong key, (int index, _)) in _entries)
        {
            child._entries.Add(key, (index, Unknown));
            _ = child._used.Add(index);
        }

        return child;
    }

    /// <summary>Forgets all entries, here and in the target, where nobody looks into the table.</summary>
    public bool TryClear(ITraceeMemory memory)
    {
        if (_entries.Count == 0)
        {
            return true;
        }

        _entries.Clear();
        _used.Clear();
        return memory.TryWrite(Vaddr, new byte[_capacity * TrapHandlerLayout.EntrySize]);
    }

    private int FindFree(ulong key)
    {
        if (IsFull)
        {
            return -1;
        }

        int index = _indexOf(key);
        while (_used.Contains(index))
        {
            index = (index + 1) & (_capacity - 1);
        }

        return index;
    }

    private bool TryWrite(ITraceeMemory memory, int index, ulong key, ulong value)
    {
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        ulong vaddr = Vaddr + ((ulong)index * TrapHandlerLayout.EntrySize);
        BinaryPrimitives.WriteUInt64LittleEndian(word, value);
        if (!memory.TryWrite(vaddr + sizeof(ulong), word))
        {
            return false;
        }

        BinaryPrimitives.WriteUInt64LittleEndian(word, key);
        return memory.TryWrite(vaddr, word);
    }
}
