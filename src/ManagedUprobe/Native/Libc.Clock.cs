using System.Runtime.InteropServices;

namespace ManagedUprobe.Native;

internal static partial class Libc
{
    /// <summary>A clock's time in nanoseconds; 0 when the kernel does not have it.</summary>
    public static long ClockNow(int clock) =>
        clock_gettime(clock, out Timespec time) == 0 ? (time.Seconds * 1_000_000_000) + time.Nanoseconds : 0;

    [LibraryImport("libc")]
    private static partial int clock_gettime(int clock, out Timespec time);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Timespec
    {
        public readonly long Seconds;
        public readonly long Nanoseconds;
    }
}
