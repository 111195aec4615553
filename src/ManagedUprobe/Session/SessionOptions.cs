using System;

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

    /// <summary>Place probes that would be refused out of care: in the middle of an instruction of a known function.</summary>
    public bool Force { get; init; }

    /// <summary>Receives one line for each thing worth telling: attached, placed, missed. Called on the tracer thread; must be quick.</summary>
    public Action<string>? Log { get; init; }
}
