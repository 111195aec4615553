using System;
using ManagedUprobe.Native;
using ManagedUprobe.ProcFs;
using ManagedUprobe.Uprobes;

namespace ManagedUprobe.Session;

/// <summary>What kind of task a traced thread has made.</summary>
internal static class NewTask
{
    private const int SYS_clone = 56;
    private const int SYS_clone3 = 435;
    private const ulong CLONE_VM = 0x100;

    /// <summary>Whether it is one more thread of its parent's process.</summary>
    public static bool IsThreadOf(ThreadGroup group, int tid, PtraceEventCode how) =>
        how == PtraceEventCode.PTRACE_EVENT_CLONE && ProcFile.Status(tid).ThreadGroup == group.Pid;

    /// <summary>Whether it uses its parent's memory. Precondition: the parent stands in the stop that reports it.</summary>
    public static bool SharesMemory(UprobeTask parent, int pid, PtraceEventCode how)
    {
        if (Libc.SameAddressSpace(parent.Tracee.Tid, pid, out bool same) == 0)
        {
            return same;
        }

        // kcmp is refused under some seccomp profiles: the call's flags say it as well.
        return how == PtraceEventCode.PTRACE_EVENT_VFORK || (CloneFlags(parent) & CLONE_VM) != 0;
    }

    private static ulong CloneFlags(UprobeTask parent)
    {
        if (!parent.Tracee.TryGetRegs(out UserRegs regs))
        {
            return 0;
        }

        Span<byte> flags = stackalloc byte[sizeof(ulong)];
        return regs.orig_rax switch
        {
            SYS_clone => regs.rdi,
            SYS_clone3 when parent.Mm.Memory.TryRead(regs.rdi, flags) => BitConverter.ToUInt64(flags),
            _ => 0,
        };
    }
}
