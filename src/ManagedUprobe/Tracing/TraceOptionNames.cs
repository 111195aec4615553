using System.Collections.Generic;

namespace ManagedUprobe.Tracing;

/// <summary>The options by name.</summary>
internal static class TraceOptionNames
{
    /// <summary>What is on at first.</summary>
    public const TraceOption Defaults =
        TraceOption.Annotate | TraceOption.ContextInfo | TraceOption.IrqInfo | TraceOption.Overwrite | TraceOption.RecordCmd;

    /// <summary>All, in the order of trace_options.</summary>
    public static IReadOnlyList<(string Name, TraceOption Option)> All { get; } =
    [
        ("raw", TraceOption.Raw),
        ("hex", TraceOption.Hex),
        ("bin", TraceOption.Bin),
        ("annotate", TraceOption.Annotate),
        ("userstacktrace", TraceOption.UserStackTrace),
        ("context-info", TraceOption.ContextInfo),
        ("record-cmd", TraceOption.RecordCmd),
        ("record-tgid", TraceOption.RecordTgid),
        ("overwrite", TraceOption.Overwrite),
        ("irq-info", TraceOption.IrqInfo),
        ("event-fork", TraceOption.EventFork),
    ];
}
