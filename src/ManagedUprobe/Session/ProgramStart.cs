using System.Collections.Generic;
using ManagedUprobe.Native;

namespace ManagedUprobe.Session;

/// <summary>A program to start exactly as this process was started itself: bytes, and what the runtime has changed since.</summary>
internal sealed class ProgramStart
{
    /// <summary>argv, the program first: a path, or a name that is looked up in PATH.</summary>
    public required IReadOnlyList<byte[]> Arguments { get; init; }

    /// <summary>NAME=value strings.</summary>
    public required IReadOnlyList<byte[]> Environment { get; init; }

    /// <summary>PATH as text, null when it is not set.</summary>
    public string? SearchPath { get; init; }

    /// <summary>Signals that start ignored, bit N-1 for signal N.</summary>
    public ulong IgnoredSignals { get; init; }

    /// <summary>Signals that start blocked.</summary>
    public ulong BlockedSignals { get; init; }

    /// <summary>Bit N: descriptor N is passed on.</summary>
    public ulong InheritedDescriptors { get; init; } = ulong.MaxValue;

    /// <summary>Soft and hard limit of open files.</summary>
    public (ulong Soft, ulong Hard) FileLimit { get; init; }

    /// <summary>The request for the launcher; looks the program up.</summary>
    /// <exception cref="Primitives.UprobeException">There is no such program.</exception>
    public LaunchRequest ToRequest() => new()
    {
        Path = LaunchRequests.FindProgram(Arguments[0], SearchPath),
        Arguments = Arguments,
        Environment = Environment,
        IgnoredSignals = IgnoredSignals,
        BlockedSignals = BlockedSignals,
        InheritedDescriptors = InheritedDescriptors,
        FileLimit = FileLimit,
    };
}
