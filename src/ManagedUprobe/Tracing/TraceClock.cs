using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using ManagedUprobe.Arch.X64;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Tracing;

/// <summary>A clock of trace_clock. Reading it allocates nothing; any thread.</summary>
internal sealed class TraceClock
{
    private const int MonotonicRaw = 4;
    private const int BootTime = 7;
    private const int Tai = 11;
    private const long NanosecondsPerTick = 10_000_000;

    private static readonly Lazy<ExecutableMemory> s_tsc = new(() => new ExecutableMemory(TscStub.Assemble()));
    private static long s_counter;

    private readonly Func<long, long> _read;

    private TraceClock(string name, Func<long, long> read, bool isNanoseconds = true)
    {
        Name = name;
        _read = read;
        IsNanoseconds = isNanoseconds;
    }

    /// <summary>The clocks, in the kernel's order. Its local, global and perf clocks are all the monotonic one here.</summary>
    public static IReadOnlyList<TraceClock> All { get; } =
    [
        new("local", hit => hit),
        new("global", hit => hit),
        new("counter", _ => Interlocked.Increment(ref s_counter), isNanoseconds: false),
        new("uptime", hit => hit / NanosecondsPerTick, isNanoseconds: false),
        new("perf", hit => hit),
        new("mono", hit => hit),
        new("mono_raw", _ => Libc.ClockNow(MonotonicRaw)),
        new("boot", _ => Libc.ClockNow(BootTime)),
        new("tai", _ => Libc.ClockNow(Tai)),
        new("x86-tsc", _ => s_tsc.Value.Call(), isNanoseconds: false),
    ];

    /// <summary>The one that is current until another is chosen.</summary>
    public static TraceClock Local => All[0];

    /// <summary>Name in the file.</summary>
    public string Name { get; }

    /// <summary>Whether it counts nanoseconds; lines show seconds then, else the number itself.</summary>
    public bool IsNanoseconds { get; }

    /// <summary>Finds a clock, or null.</summary>
    public static TraceClock? Find(string name) => All.FirstOrDefault(clock => clock.Name == name);

    /// <summary>The time of a hit that was at <paramref name="monotonic"/>; the clocks that are no function of it are read now.</summary>
    public long At(long monotonic) => _read(monotonic);

    /// <summary>The time now.</summary>
    /// <exception cref="UprobeException">The clock cannot be read in this process.</exception>
    public long Now => _read(MonotonicClock.Now);
}
