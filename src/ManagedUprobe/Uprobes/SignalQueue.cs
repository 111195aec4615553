using ManagedUprobe.Arch;
using ManagedUprobe.Native;
using ManagedUprobe.Ptrace;

namespace ManagedUprobe.Uprobes;

/// <summary>Signals that wait for the end of a displaced instruction.</summary>
internal static class SignalQueue
{
    private const int SIGTRAP = 5;

    /// <summary>Takes a signal from a thread that is about to be stepped over the instruction of <paramref name="site"/>.</summary>
    /// <remarks>Those behind it are blocked meanwhile: the kernel keeps them in order. The instruction of a system call could change the mask itself.</remarks>
    public static void Hold(UprobeTask task, Site? site, int signal, in SigInfo info)
    {
        task.Deferred.Enqueue(new DeferredSignal(signal, info));
        if (site != null && site.Insn.Kind != InsnKind.Syscall && task.HeldMask == null && task.Tracee.TryGetSigMask(out ulong mask))
        {
            TrapMask.Lend(task);
            task.HeldMask = task.Tracee.TrySetSigMask(RemoteSyscall.MaskOfCalls(mask)) ? mask : null;
        }
    }

    /// <summary>Gives the thread its blocked signals back. False when they are in place.</summary>
    public static bool RestoreMask(UprobeTask task)
    {
        if (task.HeldMask is not { } mask)
        {
            return false;
        }

        task.HeldMask = null;
        _ = task.Tracee.TrySetSigMask(mask);
        TrapMask.TakeBack(task);
        return true;
    }

    /// <summary>Resumes a thread that stands where its program would be.</summary>
    /// <remarks>
    /// One stop delivers one signal. With several, the thread is stepped into the first handler and stops before its first instruction, where the next is
    /// delivered: the frames stack up as they do when the kernel delivers several at once, and one that the first handler blocks is queued again by the kernel.
    /// </remarks>
    public static void Continue(UprobeTask task)
    {
        task.ActiveSite = null;
        if (task.Deferred.Count == 0)
        {
            task.State = UprobeTaskState.Running;
            task.Tracee.Cont();
            return;
        }

        DeferredSignal signal = task.Deferred.Dequeue();
        if (signal.Signal == SIGTRAP && TrapMask.TryHold(task, signal.Info))
        {
            Continue(task);
            return;
        }

        TrapMask.GiveBack(task);
        _ = task.Tracee.TrySetSigInfo(signal.Info);
        Deliver(task, signal.Signal);
    }

    /// <summary>Resumes a thread with the signal whose siginfo it has now; those that wait follow.</summary>
    public static void Deliver(UprobeTask task, int signal)
    {
        task.ActiveSite = null;
        if (task.Deferred.Count == 0)
        {
            task.State = UprobeTaskState.Running;
            task.Tracee.Cont(signal);
        }
        else
        {
            task.State = UprobeTaskState.Delivering;
            task.Tracee.SingleStep(signal);
        }
    }
}
