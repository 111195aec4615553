using System;
using ManagedUprobe.Events;
using ManagedUprobe.Output;
using ManagedUprobe.Tracing;
using ManagedUprobe.Uprobes;

namespace ManagedUprobe.Session;

/// <summary>The consumer of one defined event: turns hits into records (uprobe_dispatcher and uretprobe_dispatcher). Tracer thread.</summary>
internal sealed class TraceConsumer : UprobeConsumer
{
    private const int MaxRoom = TraceRecordHeader.Size + FetchProgram.ScratchSize;

    private readonly TraceUprobe _probe;
    private readonly TraceEventFile _file;
    private readonly TraceRing? _ring;

    /// <summary>Creates the consumer.</summary>
    /// <param name="probe">The definition.</param>
    /// <param name="file">Its event's state.</param>
    /// <param name="ring">Where records go; null when hits are only counted.</param>
    public TraceConsumer(TraceUprobe probe, TraceEventFile file, TraceRing? ring)
    {
        _probe = probe;
        _file = file;
        _ring = ring;
    }

    /// <inheritdoc/>
    public override bool HasReturnHandler => _probe.IsReturn;

    /// <inheritdoc/>
    public override UprobeHandlerResult Handler(UprobeContext context)
    {
        _probe.CountHit();
        if (!_probe.IsReturn && _ring != null && _file.IsRecording)
        {
            Record(context, _ring);
        }

        return UprobeHandlerResult.Keep;
    }

    /// <inheritdoc/>
    public override void ReturnHandler(UprobeContext context)
    {
        if (_ring != null && _file.IsRecording)
        {
            Record(context, _ring);
        }
    }

    private void Record(UprobeContext context, TraceRing ring)
    {
        Span<byte> room = ring.Reserve(MaxRoom);
        if (room.IsEmpty)
        {
            return;
        }

        // The line shows a name that is cached for a moment, an argument the one of this very hit.
        ReadOnlySpan<byte> comm = _probe.Program.UsesComm ? context.CommNow : context.Comm;
        var hit = new FetchContext(context.Address, context.ReturnAddress, comm);
        int length = _probe.Program.Evaluate(in context.Registers, context.Memory, hit, room[TraceRecordHeader.Size..]);

        // The kernel drops a record that is too big, too; the hit is counted.
        if (length != FetchProgram.TooBig)
        {
            ring.Commit(TraceRecord.Complete(room, HeaderOf(context, length)));
        }
    }

    private TraceRecordHeader HeaderOf(UprobeContext context, int length)
    {
        var header = new TraceRecordHeader
        {
            BodyLength = length,
            EventIndex = _probe.Index,
            ThreadId = context.ThreadId,
            ProcessId = context.ProcessId,
            Cpu = context.Cpu,
            Time = context.Time,
        };
        header.SetComm(context.Comm);
        return header;
    }
}
