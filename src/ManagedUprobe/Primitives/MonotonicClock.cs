using System.Diagnostics;

namespace ManagedUprobe.Primitives;

/// <summary>CLOCK_MONOTONIC, the clock of all times in this library.</summary>
internal static class MonotonicClock
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Nanoseconds since boot (without suspended time).</summary>
    /// <remarks>On Linux the runtime's timestamp is clock_gettime(CLOCK_MONOTONIC) in nanoseconds; a test holds it to that.</remarks>
    public static long Now => Stopwatch.GetTimestamp() * (NanosecondsPerSecond / Stopwatch.Frequency);
}
