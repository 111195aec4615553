using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using ManagedUprobe.Events;

namespace ManagedUprobe.Tracing.Histograms;

/// <summary>What the hist file shows of one trigger.</summary>
internal static class HistText
{
    /// <summary>The whole text, one byte a character.</summary>
    public static string Of(HistTrigger trigger)
    {
        HistDefinition definition = trigger.Definition;
        List<HistEntry> entries = trigger.Histogram.Map.Read(out long hits, out long dropped);
        new HistOrder(definition).Sort(entries);
        var text = new StringBuilder();
        _ = text.Append("# event histogram\n#\n# trigger info: ").Append(trigger.Line).Append("\n#\n\n");
        foreach (HistEntry entry in entries)
        {
            AppendKeys(text, trigger, entry.Key);
            AppendSums(text, definition, entry.Sums);
        }

        return text.Append(CultureInfo.InvariantCulture, $"\nTotals:\n    Hits: {hits}\n    Entries: {entries.Count}\n    Dropped: {dropped}\n")
            .ToString();
    }

    private static void AppendKeys(StringBuilder text, HistTrigger trigger, byte[] key)
    {
        int at = 0;
        string separator = "{ ";
        foreach (HistField field in trigger.Definition.Keys)
        {
            _ = text.Append(separator).Append(field.Name).Append(':');
            if (field.Source == HistSource.Stack)
            {
                AppendStack(text, key.AsSpan(at, field.KeySize));
            }
            else
            {
                _ = text.Append(' ').Append(KeyText(trigger, field, key.AsSpan(at, field.KeySize)));
            }

            at += field.KeySize;
            separator = ", ";
        }

        _ = text.Append(trigger.Definition.Keys.Any(field => field.Source == HistSource.Stack) ? "}" : " }");
    }

    private static void AppendStack(StringBuilder text, ReadOnlySpan<byte> key)
    {
        _ = text.Append('\n');
        foreach (ulong caller in MemoryMarshal.Cast<byte, ulong>(key))
        {
            if (caller == 0)
            {
                break;
            }

            _ = text.Append(CultureInfo.InvariantCulture, $"         0x{caller:x}\n");
        }
    }

    private static string KeyText(HistTrigger trigger, HistField field, ReadOnlySpan<byte> key)
    {
        if (field.IsText)
        {
            return KernelText.FromBytes(key[..key.IndexOf((byte)0)]).PadRight(50);
        }

        ulong value = BinaryPrimitives.ReadUInt64LittleEndian(key);
        CultureInfo culture = CultureInfo.InvariantCulture;
        return field.Modifier switch
        {
            HistModifier.Hex => string.Create(culture, $"{value:x}"),
            HistModifier.Sym => string.Create(culture, $"[{value:x}] {"0x" + value.ToString("x", culture),-45}"),
            HistModifier.SymOffset => string.Create(culture, $"[{value:x}] {"0x" + value.ToString("x", culture),-55}"),
            HistModifier.ExecName => string.Create(culture, $"{trigger.Histogram.CommOf((int)value),-16}[{value,10}]"),
            HistModifier.Log2 => string.Create(culture, $"~ 2^{value,-2}"),
            HistModifier.Buckets => string.Create(culture, $"~ {value}-{unchecked(value + field.BucketSize - 1)}"),
            _ => string.Create(culture, $"{value,10}"),
        };
    }

    private static void AppendSums(StringBuilder text, HistDefinition definition, ulong[] sums)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        if (!definition.NoHitCount)
        {
            _ = text.Append(culture, $" hitcount: {sums[0],10}");
        }

        for (int i = 0; i < definition.Values.Count; i++)
        {
            HistField value = definition.Values[i];
            _ = text.Append("  ").Append(value.Name).Append(": ")
                .Append(sums[i + 1].ToString(value.Modifier == HistModifier.Hex ? "x" : "d", culture).PadLeft(10));
        }

        _ = text.Append('\n');
    }
}
