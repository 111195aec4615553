using System;
using System.Collections.Generic;
using ManagedUprobe.Output;

namespace ManagedUprobe.Session;

/// <summary>How a session behaves.</summary>
public sealed record SessionOptions
{
    /// <summary>The defaults.</summary>
    public static SessionOptions Default { get; } = new();

    /// <summary>Whether children are probed as well. Children that are not run unprobed and unharmed.</summary>
    public bool FollowChildren { get; init; } = true;

    /// <summary>How displaced instructions are executed.</summary>
    public StepMode Step { get; init; }

    /// <summary>How returns are caught.</summary>
    public ReturnMode Return { get; init; }

    /// <summary>Place probes that would be refused out of care: in the middle of an instruction of a known function.</summary>
    public bool Force { get; init; }

    /// <summary>Whether the targets are confined to the CPU that they are found on, together with the tracer, for as long as they are traced: a hit costs least there.</summary>
    /// <remarks>Their other CPUs are given back when they are left, but not if the tracer is killed.</remarks>
    public bool ShareCpu { get; init; }

    /// <summary>Receives one line for each thing worth telling: attached, placed, missed. Called on the tracer thread; must be quick.</summary>
    public Action<string>? Log { get; init; }

    /// <summary>Whether hits are only counted: no records are made of them.</summary>
    public bool CountOnly { get; init; }

    /// <summary>Called with the process id of a program that was started, which is stopped before its first instruction. On the tracer thread.</summary>
    internal Action<int>? BeforeRun { get; init; }

    /// <summary>Arguments with which this very program heals the processes whose ids follow, when the tracer was killed; null when it cannot.</summary>
    internal IReadOnlyList<string>? HealArguments { get; init; }

    /// <summary>Bytes of the buffer between the target and the reader of events, a power of two.</summary>
    public int RingSize { get; init; } = 4 * 1024 * 1024;

    /// <summary>What happens when the reader is too slow: the newest event is dropped and counted, or the target is held up.</summary>
    public RingFullPolicy RingFull { get; init; } = RingFullPolicy.Drop;
}
