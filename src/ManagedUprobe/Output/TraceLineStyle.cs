namespace ManagedUprobe.Output;

/// <summary>How lines of a trace look: the options of tracefs that say so.</summary>
internal sealed record TraceLineStyle
{
    /// <summary>What trace_pipe prints with the options that every kernel starts with.</summary>
    public static TraceLineStyle Default { get; } = new();

    /// <summary>context-info: who and when stands before the event.</summary>
    public bool ContextInfo { get; init; } = true;

    /// <summary>irq-info: the flag column.</summary>
    public bool IrqInfo { get; init; } = true;

    /// <summary>record-tgid: a column with the process.</summary>
    public bool RecordTgid { get; init; }

    /// <summary>Whether times are nanoseconds; if not, the number itself is shown.</summary>
    public bool TimeIsNanoseconds { get; init; } = true;
}
