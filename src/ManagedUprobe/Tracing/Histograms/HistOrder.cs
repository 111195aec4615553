using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;

namespace ManagedUprobe.Tracing.Histograms;

/// <summary>Orders entries as a definition wants; those that are equal stay in the order in which they came.</summary>
/// <param name="definition">The definition.</param>
internal sealed class HistOrder(HistDefinition definition)
{
    /// <summary>Sorts entries in place.</summary>
    public void Sort(List<HistEntry> entries)
    {
        var sorted = entries.Order(Comparer<HistEntry>.Create(Compare)).ToList();
        entries.Clear();
        entries.AddRange(sorted);
    }

    private int Compare(HistEntry one, HistEntry other)
    {
        foreach (HistSort sort in definition.Sorts)
        {
            int order = Compare(sort.Index, one, other);
            if (order != 0)
            {
                return sort.Descending ? -order : order;
            }
        }

        return 0;
    }

    private int Compare(int index, HistEntry one, HistEntry other)
    {
        int key = index - 1 - definition.Values.Count;
        if (key < 0)
        {
            return one.Sums[index].CompareTo(other.Sums[index]);
        }

        HistField field = definition.Keys[key];
        int at = definition.Keys.Take(key).Sum(before => before.KeySize);
        ReadOnlySpan<byte> a = one.Key.AsSpan(at, field.KeySize);
        ReadOnlySpan<byte> b = other.Key.AsSpan(at, field.KeySize);
        if (field.Source == HistSource.Stack)
        {
            return 0;
        }

        if (field.IsText)
        {
            return a.SequenceCompareTo(b);
        }

        return field.IsSigned
            ? BinaryPrimitives.ReadInt64LittleEndian(a).CompareTo(BinaryPrimitives.ReadInt64LittleEndian(b))
            : BinaryPrimitives.ReadUInt64LittleEndian(a).CompareTo(BinaryPrimitives.ReadUInt64LittleEndian(b));
    }
}
