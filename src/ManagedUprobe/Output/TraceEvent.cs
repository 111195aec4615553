using System;
using System.Collections.Generic;
using System.Text;
using ManagedUprobe.Events;

namespace ManagedUprobe.Output;

/// <summary>One recorded hit, for users of the library. Immutable.</summary>
public sealed class TraceEvent
{
    private TraceEvent(TraceUprobe probe, TraceRecord record)
    {
        ref readonly TraceRecordHeader header = ref record.Header;
        Time = header.Time;
        Cpu = header.Cpu;
        ProcessId = header.ProcessId;
        ThreadId = header.ThreadId;
        Comm = Encoding.UTF8.GetString(header.CommBytes);
        Group = probe.Group;
        Event = probe.Event;
        Address = record.ProbeVaddr;
        ReturnAddress = probe.IsReturn ? record.ReturnVaddr : null;
        var args = new Dictionary<string, object?>(probe.Args.Length, StringComparer.Ordinal);
        foreach (ProbeArg arg in probe.Args)
        {
            args.Add(arg.Name, Value(probe, record, arg));
        }

        Args = args;
    }

    /// <summary>When: CLOCK_MONOTONIC in nanoseconds.</summary>
    public long Time { get; }

    /// <summary>Number of the CPU.</summary>
    public int Cpu { get; }

    /// <summary>Process (thread group).</summary>
    public int ProcessId { get; }

    /// <summary>Thread.</summary>
    public int ThreadId { get; }

    /// <summary>Name of the thread.</summary>
    public string Comm { get; }

    /// <summary>Group of the event.</summary>
    public string Group { get; }

    /// <summary>Name of the event.</summary>
    public string Event { get; }

    /// <summary>Address of the probed instruction; for a return, of the function's first.</summary>
    public ulong Address { get; }

    /// <summary>Address returned to; null unless the event is a return.</summary>
    public ulong? ReturnAddress { get; }

    /// <summary>
    /// The arguments by name, in the order of the definition: <see cref="ulong"/> for u and x types and bitfields,
    /// <see cref="long"/> for s types, <see cref="char"/>, <see cref="string"/> (null when it could not be read), or an <c>object?[]</c> of these.
    /// </summary>
    public IReadOnlyDictionary<string, object?> Args { get; }

    /// <summary>Makes the event of a record.</summary>
    internal static TraceEvent FromRecord(TraceUprobe probe, TraceRecord record) => new(probe, record);

    private static object? Value(TraceUprobe probe, TraceRecord record, ProbeArg arg)
    {
        if (arg.ArrayCount == 0)
        {
            return Element(probe, record, arg, 0);
        }

        object?[] elements = new object?[arg.ArrayCount];
        for (int i = 0; i < elements.Length; i++)
        {
            elements[i] = Element(probe, record, arg, i);
        }

        return elements;
    }

    private static object? Element(TraceUprobe probe, TraceRecord record, ProbeArg arg, int index) => arg.Type.Format switch
    {
        FetchFormat.Signed => record.SignedNumber(probe, arg, index),
        FetchFormat.Char => (char)record.Number(probe, arg, index),
        FetchFormat.String => record.TryString(probe, arg, index, out ReadOnlySpan<byte> text) ? Encoding.UTF8.GetString(text) : null,
        _ => record.Number(probe, arg, index),
    };
}
