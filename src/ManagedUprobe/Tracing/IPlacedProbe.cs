using System;

namespace ManagedUprobe.Tracing;

/// <summary>A probe that is in place until it is disposed of.</summary>
internal interface IPlacedProbe : IDisposable
{
    /// <summary>Returns that could not be tracked.</summary>
    long Misses { get; }
}
