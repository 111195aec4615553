using System;
using System.Buffers.Binary;
using ManagedUprobe.Events;
using ManagedUprobe.Output;

namespace ManagedUprobe.Tracing;

/// <summary>A record that holds the stack of a thread (struct userstack_entry): it follows that of the hit.</summary>
internal static class UserStackRecord
{
    /// <summary>Bytes of the whole record.</summary>
    public const int Size = TraceRecordHeader.Size + BodySize;

    /// <summary>TRACE_USER_STACK of kernel 6.18; the numbers of events are far above.</summary>
    private const int EventId = 13;

    private const int NoEvent = -1;
    private const int MaxCallers = 8;
    private const int AddressWidth = 16;
    private const int CallersAt = FetchProgram.CommonSize + sizeof(ulong);
    private const int BodySize = CallersAt + (MaxCallers * sizeof(ulong));

    /// <summary>Makes one.</summary>
    /// <param name="room">Receives it: <see cref="Size"/> bytes.</param>
    /// <param name="hit">The hit that it belongs to.</param>
    /// <param name="stack">The stack.</param>
    public static void Make(Span<byte> room, in TraceRecordHeader hit, UserStack stack)
    {
        Span<ulong> callers = stackalloc ulong[MaxCallers];
        callers.Clear();
        _ = stack.Walk(callers);
        Span<byte> body = room.Slice(TraceRecordHeader.Size, BodySize);
        BinaryPrimitives.WriteUInt64LittleEndian(body[FetchProgram.CommonSize..], (uint)hit.ProcessId);
        for (int i = 0; i < MaxCallers; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(body[(CallersAt + (i * sizeof(ulong)))..], callers[i]);
        }

        TraceRecordHeader header = hit;
        header.BodyLength = BodySize;
        header.EventIndex = NoEvent;
        header.EventId = EventId;
        _ = TraceRecord.Complete(room, in header);
    }

    /// <summary>Whether a record is one.</summary>
    public static bool Is(in TraceRecordHeader header) => header.EventIndex == NoEvent;

    /// <summary>Writes what stands in the line of the record and below it, without the last newline.</summary>
    public static void Write(ref LineWriter writer, TraceRecord record)
    {
        writer.Append("<user stack trace>"u8);
        for (int at = CallersAt; at < BodySize; at += sizeof(ulong))
        {
            ulong caller = BinaryPrimitives.ReadUInt64LittleEndian(record.Body[at..]);
            if (caller == 0)
            {
                break;
            }

            writer.Append("\n =>  <"u8);
            writer.AppendHex(caller, AddressWidth);
            writer.Append('>');
        }
    }
}
