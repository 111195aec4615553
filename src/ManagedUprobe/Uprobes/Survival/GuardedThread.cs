using System.Collections.Generic;
using ManagedUprobe.Arch;
using ManagedUprobe.Ptrace;

namespace ManagedUprobe.Uprobes.Survival;

/// <summary>The stopped thread in which an attempt to change a guard runs its calls.</summary>
internal sealed class GuardedThread
{
    private readonly WaitQueue _waits;
    private readonly Queue<DeferredSignal>? _deferred;
    private bool _hasRun;

    public GuardedThread(UprobeTask task, WaitQueue waits, Queue<DeferredSignal>? deferred)
    {
        Task = task;
        _waits = waits;
        _deferred = deferred;
        task.TrapVaddr = 0;
    }

    /// <summary>The thread.</summary>
    public UprobeTask Task { get; }

    /// <summary>Where its calls run.</summary>
    public SyscallPlace Place { get; set; }

    /// <summary>The stop that came between.</summary>
    public WaitStatus? Interruption { get; private set; }

    /// <summary>What to tell the user when it fails.</summary>
    public string Why { get; set; } = "it is no 64-bit program";

    /// <summary>Runs one call.</summary>
    public bool TryRun(in SyscallArguments call, out long result)
    {
        bool ran = RemoteSyscall.TryRun(Task.Tracee, _waits, Place, in call, 0, _deferred, out result, out WaitStatus? interruption);
        Interruption = interruption;
        _hasRun |= ran;
        return ran;
    }

    /// <summary>The end of the attempt.</summary>
    public GuardOutcome Outcome(bool done) => new(done, _hasRun && Interruption == null, Interruption);
}
