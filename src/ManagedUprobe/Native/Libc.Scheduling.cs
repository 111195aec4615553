using System.Runtime.InteropServices;

namespace ManagedUprobe.Native;

/// <summary>When the calling thread gets a CPU.</summary>
internal static unsafe partial class Libc
{
    private const int PRIO_PROCESS = 0;
    private const int HurriedNice = -10;
    private const int SYS_sched_setattr = 314;
    private const int SYS_sched_getattr = 315;
    private const uint SCHED_OTHER = 0;
    private const long NapNs = 30_000;

    /// <summary>The shortest turn.</summary>
    public const ulong ShortTurnNs = 100_000;

    /// <summary>Has the calling thread preferred to others, as far as it may: without privilege nothing happens.</summary>
    public static void Hurry() => _ = setpriority(PRIO_PROCESS, 0, HurriedNice);

    /// <summary>
    /// Sets how long the calling thread's turns are (sched_runtime, since 6.12; older kernels ignore it), if it is an ordinary one. A thread that wakes comes before one that
    /// runs and takes longer turns. Needs no privilege; a new task has its creator's.
    /// </summary>
    /// <param name="turnNs"><see cref="ShortTurnNs"/>, or 0 for what the system gives to all.</param>
    public static void SetTurn(ulong turnNs)
    {
        SchedAttr attr = default;
        if (syscall6(SYS_sched_getattr, 0, (nint)(&attr), sizeof(SchedAttr), 0, 0, 0) == 0 && attr.Policy == SCHED_OTHER)
        {
            attr.RuntimeNs = turnNs;
            _ = syscall3(SYS_sched_setattr, 0, (nint)(&attr), 0);
        }
    }

    /// <summary>Lets the scheduler account the calling thread's time up to now. Where others are busy, the rest of the turn is theirs.</summary>
    public static void Yield() => _ = sched_yield();

    /// <summary>Sleeps for some tens of microseconds.</summary>
    public static void Nap()
    {
        long* timespec = stackalloc long[2] { 0, NapNs };
        _ = nanosleep(timespec, null);
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int setpriority(int which, uint who, int priority);

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    private static partial int nanosleep(long* time, long* remaining);

    [LibraryImport("libc", EntryPoint = "sched_yield")]
    private static partial int sched_yield();

    /// <summary>struct sched_attr, as of its first version.</summary>
    private struct SchedAttr
    {
        public uint Size;
        public uint Policy;
        public ulong Flags;
        public int Nice;
        public uint Priority;
        public ulong RuntimeNs;
        public ulong DeadlineNs;
        public ulong PeriodNs;
    }
}
