using System;
using System.Text;
using ManagedUprobe.Events;
using ManagedUprobe.Native;
using ManagedUprobe.Output;

namespace ManagedUprobe.Tests.Support;

/// <summary>One hit of one definition, without a process: registers and memory in, record and text out.</summary>
internal sealed class Hit
{
    public const ulong Vaddr = 0x5555_5555_5000;
    public const ulong ReturnVaddr = 0x5555_5555_9999;

    private readonly byte[] _buffer = new byte[TraceRecordHeader.Size + FetchProgram.ScratchSize];

    public UserRegs Regs;

    public Hit(string definition) => Probe = Define(definition);

    public TraceUprobe Probe { get; }

    public FakeMemory Memory { get; } = new();

    public string Comm { get; set; } = "fx";

    public static TraceUprobe Define(string definition)
    {
        var table = new EventTable(new FakeFiles());
        table.WriteLine(definition);
        return table.Probes[0];
    }

    /// <summary>The record, or nothing when it is too big.</summary>
    public ReadOnlySpan<byte> Record()
    {
        byte[] comm = Encoding.Latin1.GetBytes(Comm);
        var context = new FetchContext(Vaddr, Probe.IsReturn ? ReturnVaddr : 0, comm);
        Array.Fill(_buffer, (byte)0xee);
        int length = Probe.Program.Evaluate(in Regs, Memory, context, _buffer.AsSpan(TraceRecordHeader.Size));
        if (length == FetchProgram.TooBig)
        {
            return default;
        }

        var header = new TraceRecordHeader
        {
            BodyLength = length,
            EventIndex = Probe.Index,
            ThreadId = 29242,
            ProcessId = 29241,
            Cpu = 3,
            Time = 2_046_383_148_999,
        };
        header.SetComm(comm);
        return _buffer.AsSpan(0, TraceRecord.Complete(_buffer, in header));
    }

    /// <summary>The event's text: what follows the time in a line.</summary>
    public string EventText()
    {
        string line = Line(new TraceTextFormatter());
        return line[(line.IndexOf(": ", StringComparison.Ordinal) + 2)..].TrimEnd('\n');
    }

    public string Line(ITraceFormatter formatter)
    {
        byte[] line = new byte[ITraceFormatter.MaxLineLength];
        return Encoding.Latin1.GetString(line, 0, formatter.Format(Probe, new TraceRecord(Record()), line));
    }
}
