using System;
using ManagedUprobe.Native;
using Mono.Unix.Native;

namespace ManagedUprobe.Uprobes.Survival;

/// <summary>
/// rt_sigaction for SIGTRAP as a guarded program calls it: it is answered as the kernel would without us, because the action that the kernel has is ours.
/// </summary>
internal static class SigactionCall
{
    private const int SYS_rt_sigaction = 13;
    private const int SIGTRAP = 5;
    private const ulong NeverBlocked = (1UL << ((int)Signum.SIGKILL - 1)) | (1UL << ((int)Signum.SIGSTOP - 1));

    // UAPI_SA_FLAGS with SA_RESTORER: the kernel forgets all others.
    private const ulong KnownFlags = 0x01 | 0x02 | 0x04 | 0x800 | 0x04000000 | 0x08000000 | 0x10000000 | 0x40000000 | 0x80000000;

    /// <summary>Whether a guarded thread is about to make this call.</summary>
    public static bool IsOurs(UprobeTask task, in UserRegs regs) =>
        task.Group.IsGuarded && (int)regs.rax == SYS_rt_sigaction && (int)regs.rdi == SIGTRAP;

    /// <summary>Makes the call: returns what it returns.</summary>
    /// <param name="task">The thread.</param>
    /// <param name="regs">Its registers at the instruction.</param>
    /// <param name="trap">Installs our handler anew where its flags depend on the program's.</param>
    public static Errno Answer(UprobeTask task, in UserRegs regs, TrapKeeper trap)
    {
        Span<byte> bytes = stackalloc byte[TrapAction.Size];
        TrapAction old = task.Group.TrapAction;
        if (regs.r10 != sizeof(ulong))
        {
            return Errno.EINVAL;
        }

        if (regs.rsi != 0)
        {
            if (!task.Memory.TryRead(regs.rsi, bytes))
            {
                return Errno.EFAULT;
            }

            Set(task, TrapAction.Parse(bytes), trap);
        }

        old.Format(bytes);
        return regs.rdx == 0 || task.Memory.TryStore(regs.rdx, bytes) ? 0 : Errno.EFAULT;
    }

    private static void Set(UprobeTask task, TrapAction wanted, TrapKeeper trap)
    {
        TargetGuard guard = task.Mm.Guard!;
        TrapAction before = guard.ActionFor(task.Group.TrapAction);
        task.Group.TrapAction = wanted with { Flags = wanted.Flags & KnownFlags, Mask = wanted.Mask & ~NeverBlocked };
        if (task.Mm.Users[0] == task.Group)
        {
            // A child that shares the memory until it executes has an action of its own, and no data.
            _ = guard.TrySetAction(task.Group.TrapAction);
        }

        if (guard.ActionFor(task.Group.TrapAction) != before)
        {
            _ = trap.TryInstallGuard(task);
        }
    }
}
