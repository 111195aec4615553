using System;
using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using ManagedUprobe.Events.Filters;
using ManagedUprobe.Tracing.Triggers;

namespace ManagedUprobe.Tracing.Histograms;

/// <summary>A key or a value of a histogram.</summary>
internal sealed record HistField
{
    private const int MaxText = 256;
    private const int MaxCallers = 16;
    private const ulong NanosecondsPerMicrosecond = 1000;

    /// <summary>The name that entries show.</summary>
    public required string Name { get; init; }

    /// <summary>Where the value comes from.</summary>
    public required HistSource Source { get; init; }

    /// <summary>The field of the record, if it comes from there.</summary>
    public FilterField Field { get; init; }

    /// <summary>How it is taken or shown.</summary>
    public HistModifier Modifier { get; init; }

    /// <summary>Width of a bucket.</summary>
    public ulong BucketSize { get; init; }

    /// <summary>Whether a key of it is a text.</summary>
    public bool IsText => Source is HistSource.Text or HistSource.Comm;

    /// <summary>Bytes of a key of it.</summary>
    public int KeySize => IsText ? MaxText : Source == HistSource.Stack ? MaxCallers * sizeof(ulong) : sizeof(ulong);

    /// <summary>Whether keys of it are ordered with their sign.</summary>
    public bool IsSigned => Source == HistSource.Number && Field.IsSigned;

    /// <summary>The field as the trigger file shows it.</summary>
    public string Text => SourceName + (Modifier switch
    {
        HistModifier.None => "",
        HistModifier.Hex => ".hex",
        HistModifier.Sym => ".sym",
        HistModifier.SymOffset => ".sym-offset",
        HistModifier.ExecName => ".execname",
        HistModifier.Log2 => ".log2",
        HistModifier.Usecs => Source == HistSource.Timestamp ? ".usecs" : "",
        _ => string.Create(CultureInfo.InvariantCulture, $".buckets={BucketSize}"),
    });

    /// <summary>The name that sort fields call it by, and the trigger file shows.</summary>
    public string SourceName => Source switch
    {
        HistSource.Comm => "common_comm",
        HistSource.Cpu => "common_cpu",
        HistSource.Stack => "common_stacktrace",
        _ => Name,
    };

    /// <summary>Writes the key of a hit into <see cref="KeySize"/> cleared bytes. No allocation.</summary>
    public void WriteKey(in TriggerHit hit, Span<byte> key)
    {
        if (Source == HistSource.Stack)
        {
            _ = hit.Stack.Walk(MemoryMarshal.Cast<byte, ulong>(key[..KeySize]));
            return;
        }

        if (!IsText)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(key, Read(in hit));
            return;
        }

        ReadOnlySpan<byte> text = Source == HistSource.Comm ? hit.Input.Comm : TextOf(hit.Input.Record);
        text[..Math.Min(text.Length, MaxText - 1)].CopyTo(key);
    }

    /// <summary>The number of a hit, with its sign extended. No allocation.</summary>
    public ulong Read(in TriggerHit hit)
    {
        ulong value = Source switch
        {
            HistSource.Number => Number(hit.Input.Record),
            HistSource.Cpu => (ulong)hit.Input.Cpu,
            HistSource.Timestamp => (ulong)hit.Time / (Modifier == HistModifier.Usecs ? NanosecondsPerMicrosecond : 1),
            _ => 1,
        };
        return Modifier switch
        {
            HistModifier.Log2 => Log2(value),
            HistModifier.Buckets => value / BucketSize * BucketSize,
            _ => value,
        };
    }

    // Above 2^63 there is no next power of two in 64 bits: the kernel's shift comes round to the first.
    private static ulong Log2(ulong value) =>
        value is <= 1 or > 1UL << 63 ? 0 : (ulong)(64 - BitOperations.LeadingZeroCount(value - 1));

    private ReadOnlySpan<byte> TextOf(ReadOnlySpan<byte> record)
    {
        uint locator = BinaryPrimitives.ReadUInt32LittleEndian(record[Field.Offset..]);
        int room = (int)(locator >> 16);
        return room == 0 ? default : record.Slice((int)(locator & 0xffff), room - 1);
    }

    private ulong Number(ReadOnlySpan<byte> record)
    {
        ReadOnlySpan<byte> at = record[Field.Offset..];
        return unchecked(Field.Size switch
        {
            1 => Field.IsSigned ? (ulong)(sbyte)at[0] : at[0],
            2 => Field.IsSigned ? (ulong)BinaryPrimitives.ReadInt16LittleEndian(at) : BinaryPrimitives.ReadUInt16LittleEndian(at),
            4 => Field.IsSigned ? (ulong)BinaryPrimitives.ReadInt32LittleEndian(at) : BinaryPrimitives.ReadUInt32LittleEndian(at),
            _ => BinaryPrimitives.ReadUInt64LittleEndian(at),
        });
    }
}
