using System;
using ManagedUprobe.Events.Filters;

namespace ManagedUprobe.Tracing.Triggers;

/// <summary>A hit as triggers see it.</summary>
/// <param name="input">The record, and what is not in it.</param>
/// <param name="time">Time of the hit in nanoseconds.</param>
internal readonly ref struct TriggerHit(FilterInput input, long time)
{
    /// <summary>The record; an empty one where no trigger of the event looks at it.</summary>
    public FilterInput Input { get; } = input;

    /// <summary>Time of the hit in nanoseconds.</summary>
    public long Time { get; } = time;

    /// <summary>The whole record, our header included.</summary>
    public ReadOnlySpan<byte> Record { get; init; }

    /// <summary>The stack of the thread.</summary>
    public UserStack Stack { get; init; }
}
