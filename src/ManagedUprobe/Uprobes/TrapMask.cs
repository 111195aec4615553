using System;
using ManagedUprobe.Native;
using ManagedUprobe.Ptrace;
using Mono.Unix.Native;

namespace ManagedUprobe.Uprobes;

/// <summary>
/// Keeps SIGTRAP unblocked in the kernel for threads that have blocked it: an int3 that is hit with the signal blocked makes the kernel forget our handler, and
/// kills the process if we die before it is back.
/// </summary>
/// <remarks>
/// <para>Nothing is done before a thread has hit that way, or libc is probed. In the first case the kernel has unblocked the signal already, and it stays so; in the second it is unblocked when a
/// thread that has it blocked stands in a stop. From then on the calls that change masks are
/// answered by us in that address space (<see cref="Survival.SigmaskCall"/>): the program is told its own mask. It gets it back before anything else shows it: with a signal that is delivered, whose
/// frame keeps the mask, at exec, and when we leave; after our death by the program that repairs. /proc/PID/status shows the kernel's.</para>
/// <para>A mask may change unseen, at the end of a signal's handler for instance. What we know holds as long as the kernel has the mask that we have left there.</para>
/// </remarks>
internal static class TrapMask
{
    private const int SIGTRAP = 5;
    private const ulong SigTrapBit = 1UL << (SIGTRAP - 1);

    private const ulong NeverBlocked = (1UL << ((int)Signum.SIGKILL - 1)) | (1UL << ((int)Signum.SIGSTOP - 1));

    // rt_sigsuspend, pselect6, ppoll, epoll_pwait, io_uring_enter, epoll_pwait2.
    private static readonly int[] s_withMask = [130, 270, 271, 281, 426, 441];

    /// <summary>The mask that the program believes to have. Precondition: stopped.</summary>
    public static bool TryGet(UprobeTask task, out ulong mask)
    {
        bool known = task.Tracee.TryGetSigMask(out mask);
        mask |= known && task.HiddenMask == mask ? SigTrapBit : 0;
        return known;
    }

    /// <summary>Gives a thread a mask; SIGTRAP stays unblocked in the kernel. Precondition: stopped, guarded.</summary>
    public static void Set(UprobeTask task, ulong mask)
    {
        ulong inKernel = mask & ~SigTrapBit;
        if (!task.Tracee.TrySetSigMask(inKernel))
        {
            return;
        }

        task.BlockedSignals = mask;
        if (mask != inKernel)
        {
            Hide(task, inKernel);
        }
        else
        {
            Forget(task);
            if (task.PendingTrap is { } info)
            {
                task.Deferred.Enqueue(new DeferredSignal(SIGTRAP, info));
                task.PendingTrap = null;
            }
        }
    }

    /// <summary>A SIGTRAP that was sent to a thread, which has it blocked: it waits. In the kernel it would be mistaken for one of ours.</summary>
    /// <returns>False when it is not blocked.</returns>
    public static bool TryHold(UprobeTask task, in SigInfo info)
    {
        bool isBlocked = task.HiddenMask is { } hidden && task.Tracee.TryGetSigMask(out ulong mask) && mask == hidden;
        task.PendingTrap = isBlocked ? info : task.PendingTrap;
        return isBlocked;
    }

    /// <summary>The kernel has unblocked SIGTRAP, and it stays so.</summary>
    /// <param name="task">The thread.</param>
    /// <param name="inKernel">Its mask.</param>
    public static void Hide(UprobeTask task, ulong inKernel)
    {
        task.HiddenMask = inKernel;
        _ = task.Mm.Guard?.TrySetMask(task.Mm, task.Tracee.Tid, OwnMask(task));
    }

    /// <summary>Unblocks SIGTRAP for a thread that has not hit yet: its first hit is none that the kernel forgets our handler for. Precondition: stopped.</summary>
    public static void HideBlocked(UprobeTask task)
    {
        if (task.Group.IsGuarded && task.HeldMask == null && task.Tracee.TryGetSigMask(out ulong mask) && (mask & SigTrapBit) != 0 && !HasTwoMasks(task))
        {
            // Noted first: we may die in between.
            task.BlockedSignals = mask;
            Hide(task, mask & ~SigTrapBit);
            _ = task.Tracee.TrySetSigMask(mask & ~SigTrapBit);
        }
    }

    /// <summary>The mask is the program's own again.</summary>
    public static void Forget(UprobeTask task)
    {
        if (task.HiddenMask != null)
        {
            task.HiddenMask = null;
            _ = task.Mm.Guard?.TrySetMask(task.Mm, task.Tracee.Tid, null);
        }
    }

    /// <summary>A thread is born with its parent's mask.</summary>
    public static void Inherit(UprobeTask child, UprobeTask parent)
    {
        child.BlockedSignals = parent.BlockedSignals;
        if (parent.HiddenMask is { } mask)
        {
            Hide(child, mask);
        }
    }

    /// <summary>A signal is about to be delivered, whose frame will keep the mask. Precondition: stopped by it.</summary>
    /// <remarks>In a call that waits with another mask the kernel has two: neither may be changed, and the frame lacks SIGTRAP.</remarks>
    public static void BeforeSignal(UprobeTask task)
    {
        if (task.HiddenMask != null && !HasTwoMasks(task))
        {
            GiveBack(task);
        }
    }

    private static bool HasTwoMasks(UprobeTask task) =>
        !task.Tracee.TryGetRegs(out UserRegs regs) || Array.IndexOf(s_withMask, unchecked((int)regs.orig_rax)) >= 0;

    /// <summary>The mask that a thread's program has, where the kernel has another for longer than a stop; null where they are the same.</summary>
    public static ulong? OwnMask(UprobeTask task) =>
        task.HeldMask is { } held ? held | (task.HiddenMask == held ? SigTrapBit : 0) : task.HiddenMask is { } hidden ? hidden | SigTrapBit : null;

    /// <summary>The kernel is about to get a mask for a while that is not the program's: we may die meanwhile.</summary>
    public static void Lend(UprobeTask task)
    {
        if (task.Mm.Guard is { } guard && TryGet(task, out ulong mask))
        {
            _ = guard.TrySetMask(task.Mm, task.Tracee.Tid, mask);
        }
    }

    /// <summary>That mask is in place again.</summary>
    public static void TakeBack(UprobeTask task) => _ = task.Mm.Guard?.TrySetMask(task.Mm, task.Tracee.Tid, OwnMask(task));

    /// <summary>Gives a thread the mask that a dead tracer has noted for it, where that had given it another. Precondition: stopped.</summary>
    public static void Repair(UprobeTask task, ulong noted)
    {
        if (task.Tracee.TryGetSigMask(out ulong mask) && (mask == (noted & ~SigTrapBit) || mask == (RemoteSyscall.MaskOfCalls(noted) & ~NeverBlocked)))
        {
            _ = task.Tracee.TrySetSigMask(noted);
        }
    }

    /// <summary>Gives the program the mask that it believes to have. Precondition: stopped.</summary>
    public static void GiveBack(UprobeTask task)
    {
        if (task.HiddenMask is not { } hidden)
        {
            return;
        }

        if (task.HeldMask == hidden)
        {
            task.HeldMask = hidden | SigTrapBit;
        }
        else if (task.Tracee.TryGetSigMask(out ulong mask) && mask == hidden)
        {
            _ = task.Tracee.TrySetSigMask(hidden | SigTrapBit);
            if (task.PendingTrap != null)
            {
                _ = Libc.TgKill(task.Group.Pid, task.Tracee.Tid, Signum.SIGTRAP);
                task.PendingTrap = null;
            }
        }

        Forget(task);
    }
}
