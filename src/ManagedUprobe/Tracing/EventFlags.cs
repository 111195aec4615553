using System;

namespace ManagedUprobe.Tracing;

/// <summary>State of an event (the flags of a trace_event_file).</summary>
[Flags]
internal enum EventFlags
{
    /// <summary>Off.</summary>
    None = 0,

    /// <summary>Its probes are in place.</summary>
    Enabled = 1,

    /// <summary>Something other than its enable file wants it in place: a trigger.</summary>
    SoftMode = 2,

    /// <summary>It is in place and records nothing.</summary>
    SoftDisabled = 4,
}
