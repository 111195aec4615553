using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;
using ManagedUprobe.ProcFs;
using ManagedUprobe.Ptrace;

namespace ManagedUprobe.Uprobes;

/// <summary>One traced thread as the engine sees it (the kernel's struct uprobe_task). Tracer thread.</summary>
internal sealed class UprobeTask
{
    private const int CommSize = 16;
    private const ulong RseqCpuIdOffset = 4;

    // A thread that hits more often than this shows a new name with that much delay: reading it at each hit would cost 10 %.
    private const long CommMaxAge = 1_000_000;

    // As late as that is noticed that a thread was moved away from its one CPU, or confined to one.
    private const long PinnedMaxAge = 1_000_000;
    private const long UnpinnedMaxAge = 1_000_000_000;

    private readonly byte[] _comm = new byte[CommSize];
    private int _commLength;
    private long _commTime = long.MinValue;
    private int _commFd = -1;
    private ulong _rseq;
    private long _affinityDue = long.MinValue;
    private int _onlyCpu = -1;
    private UserRegs _beforeStep;

    public UprobeTask(Tracee tracee, ThreadGroup group)
    {
        Tracee = tracee;
        Group = group;
        Memory = new ThreadMemory(tracee, () => Group.Mm.Memory);
        Context = new UprobeContext(this);
    }

    /// <summary>The thread under ptrace.</summary>
    public Tracee Tracee { get; }

    /// <summary>Its process.</summary>
    public ThreadGroup Group { get; }

    /// <summary>Its process' address space.</summary>
    public AddressSpace Mm => Group.Mm;

    /// <summary>Memory as the thread itself reads it.</summary>
    public ThreadMemory Memory { get; }

    /// <summary>What handlers are shown.</summary>
    public UprobeContext Context { get; }

    /// <summary>Tracked calls.</summary>
    public ReturnInstances ReturnInstances { get; } = new();

    /// <summary>State of the engine.</summary>
    public UprobeTaskState State { get; set; }

    /// <summary>Address of the int3 whose trap is being handled, 0 in other stops: a thread that must go on by itself begins with it again.</summary>
    public ulong TrapVaddr { get; set; }

    /// <summary>Blocked signals when they were last known to include SIGTRAP, or at the thread's birth.</summary>
    public ulong BlockedSignals { get; set; }

    /// <summary>The mask that the kernel has while it lacks SIGTRAP, which the program has blocked (<see cref="TrapMask"/>); null when the mask is the program's own.</summary>
    public ulong? HiddenMask { get; set; }

    /// <summary>A SIGTRAP that somebody has sent meanwhile: it is pending, as far as the program knows; null when there is none.</summary>
    public SigInfo? PendingTrap { get; set; }

    /// <summary>Whether the first stop of a thread that was born traced is behind it.</summary>
    public bool HasRun { get; set; }

    /// <summary>At leaving: whether the thread has been in a stop since the bytes went back, and has nothing of ours ahead of it.</summary>
    public bool IsSettled { get; set; }

    /// <summary>The site whose displaced instruction is being stepped; null unless <see cref="State"/> says so.</summary>
    public Site? ActiveSite { get; set; }

    /// <summary>Registers before the step of <see cref="ActiveSite"/>, with rip at the slot.</summary>
    public ref UserRegs BeforeStep => ref _beforeStep;

    /// <summary>Signals that were taken and are to be delivered when the thread is out of the slot.</summary>
    public Queue<DeferredSignal> Deferred { get; } = new();

    /// <summary>The program's blocked signals while a signal waits in <see cref="Deferred"/> and those behind it are held in the kernel; null when they are in place.</summary>
    public ulong? HeldMask { get; set; }

    /// <summary>CPU that the thread ran on before this stop. Precondition: stopped.</summary>
    /// <remarks>
    /// A thread that may run on one CPU alone is there. Of others the rseq area says it for the price of one read; /proc/TID/stat costs thirty times that.
    /// </remarks>
    public int ReadCpu(long now)
    {
        if (now >= _affinityDue)
        {
            bool isPinned = Libc.TryGetOnlyCpu(Tracee.Tid, out _onlyCpu);
            _affinityDue = now + (isPinned ? PinnedMaxAge : UnpinnedMaxAge);
        }

        return _onlyCpu >= 0 ? _onlyCpu : ReadCpuFromMemory();
    }

    private int ReadCpuFromMemory()
    {
        if (_rseq == 0)
        {
            _rseq = Tracee.RseqArea();
        }

        Span<byte> cpu = stackalloc byte[sizeof(int)];
        if (_rseq != 0 && Mm.Memory.TryRead(_rseq + RseqCpuIdOffset, cpu))
        {
            int value = BinaryPrimitives.ReadInt32LittleEndian(cpu);
            if (value >= 0)
            {
                return value;
            }
        }

        return ProcStat.Of(Tracee.Tid).Processor;
    }

    /// <summary>The thread's name at <paramref name="now"/>; long.MaxValue reads it in any case.</summary>
    public ReadOnlySpan<byte> ReadComm(long now)
    {
        if (_commTime == long.MinValue || now - _commTime > CommMaxAge)
        {
            RefreshComm(now);
        }

        return _comm.AsSpan(0, _commLength);
    }

    /// <summary>exec: a new name, a new rseq area, no tracked calls.</summary>
    public void Exec()
    {
        ReturnInstances.Clear();
        State = UprobeTaskState.Running;
        ActiveSite = null;
        _rseq = 0;
        Close();
    }

    /// <summary>Closes what was opened for the thread.</summary>
    public void Close()
    {
        if (_commFd >= 0)
        {
            Libc.Close(_commFd);
            _commFd = -1;
        }

        _commTime = long.MinValue;
    }

    private void RefreshComm(long now)
    {
        if (_commFd < 0)
        {
            string path = string.Create(CultureInfo.InvariantCulture, $"/proc/{Tracee.Tid}/comm");
            if (Libc.Open(path, write: false, out _commFd) != 0)
            {
                _commFd = -1;
                return;
            }
        }

        int length = (int)Libc.Pread(_commFd, _comm, 0);
        if (length > 0)
        {
            // The file ends with a newline of its own.
            _commLength = Math.Min(length, CommSize) - 1;
            _commTime = now == long.MaxValue ? MonotonicClock.Now : now;
        }
    }
}
