using System;
using System.Buffers.Binary;
using ManagedUprobe.Native;
using Mono.Unix.Native;

namespace ManagedUprobe.Uprobes.Survival;

/// <summary>rt_sigprocmask as a guarded program calls it, answered as the kernel would without us (<see cref="TrapMask"/>).</summary>
internal static class SigmaskCall
{
    private const int SYS_rt_sigprocmask = 14;
    private const int SIG_BLOCK = 0;
    private const int SIG_UNBLOCK = 1;
    private const int SIG_SETMASK = 2;
    private const ulong NeverBlocked = (1UL << ((int)Signum.SIGKILL - 1)) | (1UL << ((int)Signum.SIGSTOP - 1));

    /// <summary>Whether a guarded thread is about to make this call.</summary>
    public static bool IsOurs(UprobeTask task, in UserRegs regs) => task.Group.IsGuarded && (int)regs.rax == SYS_rt_sigprocmask;

    /// <summary>Makes the call: returns what it returns. Precondition: stopped at its instruction.</summary>
    public static Errno Answer(UprobeTask task, in UserRegs regs)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        if (regs.r10 != sizeof(ulong))
        {
            return Errno.EINVAL;
        }

        if (!TrapMask.TryGet(task, out ulong old))
        {
            return 0;
        }

        if (regs.rsi != 0)
        {
            if (!task.Memory.TryRead(regs.rsi, bytes))
            {
                return Errno.EFAULT;
            }

            ulong set = BinaryPrimitives.ReadUInt64LittleEndian(bytes) & ~NeverBlocked;
            if ((int)regs.rdi is not (SIG_BLOCK or SIG_UNBLOCK or SIG_SETMASK))
            {
                return Errno.EINVAL;
            }

            TrapMask.Set(task, (int)regs.rdi switch
            {
                SIG_BLOCK => old | set,
                SIG_UNBLOCK => old & ~set,
                _ => set,
            });
        }

        BinaryPrimitives.WriteUInt64LittleEndian(bytes, old);
        return regs.rdx == 0 || task.Memory.TryStore(regs.rdx, bytes) ? 0 : Errno.EFAULT;
    }
}
