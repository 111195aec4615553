using System;

namespace ManagedUprobe.Tracing.Triggers;

/// <summary>Kinds of triggers: an event has one of each at most, but for those that name something else.</summary>
[Flags]
internal enum TriggerTypes
{
    None = 0,

    /// <summary>traceon and traceoff.</summary>
    TraceOnOff = 1,

    /// <summary>enable_event and disable_event; one for each event that they name.</summary>
    EventEnable = 2,

    /// <summary>hist; as many as differ.</summary>
    Hist = 4,

    /// <summary>enable_hist and disable_hist; one for each event that they name.</summary>
    HistEnable = 8,

    /// <summary>snapshot.</summary>
    Snapshot = 16,

    /// <summary>stacktrace.</summary>
    StackTrace = 32,
}
