using System;

namespace ManagedUprobe.Tracing;

/// <summary>The options that matter to uprobe events, by their names in tracefs (with _ for -).</summary>
[Flags]
internal enum TraceOption
{
    /// <summary>All off.</summary>
    None = 0,

    /// <summary>Lines tell where a CPU's buffer begins, if records were lost.</summary>
    Annotate = 1 << 0,

    /// <summary>Who and when stands before the event.</summary>
    ContextInfo = 1 << 1,

    /// <summary>The flag column.</summary>
    IrqInfo = 1 << 2,

    /// <summary>The oldest records give way to new ones.</summary>
    Overwrite = 1 << 3,

    /// <summary>Names of threads are remembered.</summary>
    RecordCmd = 1 << 4,

    /// <summary>Processes of threads are remembered and shown.</summary>
    RecordTgid = 1 << 5,

    /// <summary>Lines are numbers: pid, CPU, time, and the event's number.</summary>
    Raw = 1 << 6,

    /// <summary>The same numbers as hexadecimal digits.</summary>
    Hex = 1 << 7,

    /// <summary>The same numbers as bytes.</summary>
    Bin = 1 << 8,

    /// <summary>The stack of the thread follows each record.</summary>
    UserStackTrace = 1 << 9,

    /// <summary>The lists of threads follow: children of those in them are added, and those that end are taken out.</summary>
    EventFork = 1 << 10,
}
