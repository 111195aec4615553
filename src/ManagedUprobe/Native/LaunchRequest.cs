using System.Collections.Generic;

namespace ManagedUprobe.Native;

/// <summary>A program to start, as execve gets it: bytes, because neither arguments nor environment need be valid text.</summary>
internal sealed class LaunchRequest
{
    /// <summary>Of so many descriptors, from 0 on, <see cref="InheritedDescriptors"/> tells.</summary>
    public const int KnownDescriptors = 64;

    /// <summary>File to execute; already looked up in PATH.</summary>
    public required byte[] Path { get; init; }

    /// <summary>argv, the program's name first.</summary>
    public required IReadOnlyList<byte[]> Arguments { get; init; }

    /// <summary>NAME=value strings.</summary>
    public required IReadOnlyList<byte[]> Environment { get; init; }

    /// <summary>Working directory; null for the tracer's own.</summary>
    public byte[]? WorkingDirectory { get; init; }

    /// <summary>Signals that start ignored, bit N-1 for signal N.</summary>
    public ulong IgnoredSignals { get; init; }

    /// <summary>Signals that start blocked.</summary>
    public ulong BlockedSignals { get; init; }

    /// <summary>Bit N: descriptor N is passed on if it is open. Those behind the first <see cref="KnownDescriptors"/> are in any case.</summary>
    public ulong InheritedDescriptors { get; init; } = ulong.MaxValue;

    /// <summary>Soft and hard RLIMIT_NOFILE; null to inherit the tracer's.</summary>
    public (ulong Soft, ulong Hard)? FileLimit { get; init; }
}
