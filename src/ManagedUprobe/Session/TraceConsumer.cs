using System;
using ManagedUprobe.Events;
using ManagedUprobe.Events.Filters;
using ManagedUprobe.Output;
using ManagedUprobe.Tracing;
using ManagedUprobe.Tracing.Triggers;
using ManagedUprobe.Uprobes;

namespace ManagedUprobe.Session;

/// <summary>The consumer of one defined event: turns hits into records (uprobe_dispatcher and uretprobe_dispatcher). Tracer thread.</summary>
internal sealed class TraceConsumer : UprobeConsumer
{
    /// <summary>Bytes of room that a record may need while it is made.</summary>
    public const int MaxRoom = TraceRecordHeader.Size + FetchProgram.ScratchSize;

    private readonly TraceUprobe _probe;
    private readonly TraceEventFile _file;
    private readonly TraceRing? _ring;
    private readonly byte[] _scratch;

    /// <summary>Creates the consumer.</summary>
    /// <param name="probe">The definition.</param>
    /// <param name="file">Its event's state.</param>
    /// <param name="ring">Where records go; null when hits are only counted.</param>
    /// <param name="scratch">Where a record is made that may not be kept: <see cref="MaxRoom"/> bytes, shared by all consumers of the tracer thread.</param>
    public TraceConsumer(TraceUprobe probe, TraceEventFile file, TraceRing? ring, byte[] scratch)
    {
        _probe = probe;
        _file = file;
        _ring = ring;
        _scratch = scratch;
    }

    /// <inheritdoc/>
    public override bool HasReturnHandler => _probe.IsReturn;

    /// <inheritdoc/>
    public override UprobeHandlerResult Handler(UprobeContext context)
    {
        _probe.CountHit();
        if (!_probe.IsReturn)
        {
            Trace(context);
        }

        return UprobeHandlerResult.Keep;
    }

    /// <inheritdoc/>
    public override void ReturnHandler(UprobeContext context) => Trace(context);

    /// <summary>What becomes of a hit, in the kernel's order: triggers that need no record, the record, other triggers, the filter, triggers that waited.</summary>
    private void Trace(UprobeContext context)
    {
        TriggerList triggers = _file.Triggers.List;
        if (!triggers.IsConditional)
        {
            // Whether the event was recorded before they fired counts as well: enabling itself, it starts with the next hit.
            bool wasRecording = _file.IsRecording;
            triggers.FireAll();
            if (!wasRecording || !_file.IsRecording || !_file.Array.IsOn)
            {
                return;
            }
        }

        if (!_file.Array.Takes(context.ThreadId))
        {
            return;
        }

        EventFilter? filter = _file.Filter.Filter;
        if (filter != null || triggers.IsConditional)
        {
            RecordIf(filter, triggers, context);
        }
        else if (_file.Array.Buffer != null)
        {
            Keep(_scratch.AsSpan(0, Make(_scratch, context)), context);
        }
        else if (_ring != null)
        {
            Record(context, _ring);
        }
    }

    private void Keep(ReadOnlySpan<byte> record, UprobeContext context)
    {
        if (!record.IsEmpty)
        {
            _file.Array.Keep(new TraceRecord(record));
            if (_file.Array.Has(TraceOption.UserStackTrace))
            {
                _file.Array.KeepStack(new TraceRecord(record), StackOf(context));
            }

            _ = _ring?.Write(record);
        }
    }

    private void Record(UprobeContext context, TraceRing ring)
    {
        Span<byte> room = ring.Reserve(MaxRoom);
        if (!room.IsEmpty)
        {
            int length = Make(room, context);
            if (length > 0)
            {
                ring.Commit(length);
            }
        }
    }

    /// <summary>The record takes no room in the ring before filters have seen it.</summary>
    private void RecordIf(EventFilter? filter, TriggerList triggers, UprobeContext context)
    {
        int length = Make(_scratch, context);
        if (length == 0)
        {
            return;
        }

        ReadOnlySpan<byte> record = _scratch.AsSpan(0, length);
        var input = new FilterInput(record[TraceRecordHeader.Size..], context.Cpu, context.CommNow);

        // A trigger that turns tracing on because of this record comes too late for it; one that enables the event does not.
        bool isOn = _file.Array.IsOn;
        var hit = new TriggerHit(input, context.Time) { Record = record, Stack = StackOf(context) };
        TriggerTypes post = triggers.Fire(in hit);
        if (isOn && _file.IsRecording && filter?.Matches(input) != false)
        {
            _probe.CountPassed();
            Keep(record, context);
        }

        triggers.FirePost(post, in hit);
    }

    private static UserStack StackOf(UprobeContext context) =>
        new(ref context.Registers, context.ReturnAddress != 0 ? context.ReturnAddress : context.Address, context.Memory);

    /// <summary>Makes the record of a hit.</summary>
    /// <returns>Its length; 0 when it is too big, then the kernel drops it, too (the hit is counted).</returns>
    private int Make(Span<byte> room, UprobeContext context)
    {
        // The line shows a name that is cached for a moment, an argument the one of this very hit.
        ReadOnlySpan<byte> comm = _probe.Program.UsesComm ? context.CommNow : context.Comm;
        var hit = new FetchContext(context.Address, context.ReturnAddress, comm);
        int length = _probe.Program.Evaluate(in context.Registers, context.Memory, hit, room[TraceRecordHeader.Size..]);
        if (length == FetchProgram.TooBig)
        {
            return 0;
        }

        WriteHeader(ref TraceRecord.HeaderIn(room), context, length);
        return TraceRecord.Complete(room);
    }

    private void WriteHeader(ref TraceRecordHeader header, UprobeContext context, int length)
    {
        header.BodyLength = length;
        header.EventIndex = _probe.Index;
        header.EventId = _file.Call.Id;
        header.ThreadId = context.ThreadId;
        header.ProcessId = context.ProcessId;
        header.Cpu = context.Cpu;
        header.Time = _file.Array.Clock.At(context.Time);
        header.SetComm(context.Comm);
    }
}
