using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace ManagedUprobe.Events;

/// <summary>A view of one record: our header, then the kernel's layout.</summary>
internal readonly ref struct TraceRecord
{
    /// <summary>Bytes of the largest record, header included.</summary>
    public const int MaxSize = TraceRecordHeader.Size + FetchProgram.MaxRecord;

    private readonly ReadOnlySpan<byte> _bytes;

    /// <summary>Views <paramref name="bytes"/>, which may have padding behind the record.</summary>
    public TraceRecord(ReadOnlySpan<byte> bytes)
    {
        _bytes = bytes;
        Header = ref MemoryMarshal.AsRef<TraceRecordHeader>(bytes);
    }

    /// <summary>Who, when, where.</summary>
    public readonly ref readonly TraceRecordHeader Header;

    /// <summary>Header and body, without padding.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes[..(TraceRecordHeader.Size + Header.BodyLength)];

    /// <summary>The record as the kernel lays it out; locators count from its start.</summary>
    public ReadOnlySpan<byte> Body => _bytes.Slice(TraceRecordHeader.Size, Header.BodyLength);

    /// <summary>__probe_ip of an entry, __probe_func of a return.</summary>
    public ulong ProbeVaddr => BinaryPrimitives.ReadUInt64LittleEndian(Body[FetchProgram.CommonSize..]);

    /// <summary>__probe_ret_ip of a return.</summary>
    public ulong ReturnVaddr => BinaryPrimitives.ReadUInt64LittleEndian(Body[(FetchProgram.CommonSize + sizeof(ulong))..]);

    /// <summary>The header of a record that is being made, to be filled in place.</summary>
    public static ref TraceRecordHeader HeaderIn(Span<byte> record) => ref MemoryMarshal.AsRef<TraceRecordHeader>(record);

    /// <summary>Completes a record whose header and body are there: writes the body's common part.</summary>
    /// <returns>Bytes of the whole record.</returns>
    public static int Complete(Span<byte> record)
    {
        ref readonly TraceRecordHeader header = ref HeaderIn(record);
        Span<byte> common = record[TraceRecordHeader.Size..];
        BinaryPrimitives.WriteUInt16LittleEndian(common, (ushort)header.EventId);
        // What a kernel built with preemption support shows for a uprobe: all flag bits and counts set.
        common[2] = 0xff;
        common[3] = 0xff;
        BinaryPrimitives.WriteInt32LittleEndian(common[4..], header.ThreadId);
        return TraceRecordHeader.Size + header.BodyLength;
    }

    /// <summary>As <see cref="Complete(Span{byte})"/>, with a header that is made elsewhere.</summary>
    public static int Complete(Span<byte> record, in TraceRecordHeader header)
    {
        HeaderIn(record) = header;
        return Complete(record);
    }

    /// <summary>One element of a numeric argument, not yet sign-extended.</summary>
    public ulong Number(TraceUprobe probe, ProbeArg arg, int index)
    {
        ReadOnlySpan<byte> at = Body[(probe.Program.FirstField + arg.Offset + (index * arg.Type.Size))..];
        return arg.Type.Size switch
        {
            1 => at[0],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(at),
            4 => BinaryPrimitives.ReadUInt32LittleEndian(at),
            _ => BinaryPrimitives.ReadUInt64LittleEndian(at),
        };
    }

    /// <summary>One element of a signed argument.</summary>
    public long SignedNumber(TraceUprobe probe, ProbeArg arg, int index)
    {
        int unused = 64 - (arg.Type.Size * 8);
        return unchecked((long)(Number(probe, arg, index) << unused)) >> unused;
    }

    /// <summary>One element of a string argument, without its NUL.</summary>
    /// <returns>False when it could not be read in the tracee.</returns>
    public bool TryString(TraceUprobe probe, ProbeArg arg, int index, out ReadOnlySpan<byte> text)
    {
        uint locator = BinaryPrimitives.ReadUInt32LittleEndian(
            Body[(probe.Program.FirstField + arg.Offset + (index * sizeof(uint)))..]);
        int length = (int)(locator >> 16);
        text = length == 0 ? default : Body.Slice((int)(locator & 0xffff), length - 1);
        return length != 0;
    }
}
