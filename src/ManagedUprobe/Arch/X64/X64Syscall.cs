using ManagedUprobe.Native;

namespace ManagedUprobe.Arch.X64;

/// <summary>The system call convention of x86-64.</summary>
internal static class X64Syscall
{
    /// <summary>Length of the syscall instruction.</summary>
    public const int InstructionLength = 2;

    /// <summary>Lays a call out in registers.</summary>
    /// <remarks>orig_rax -1 says "not in a system call": the kernel must not restart the one that the thread was in on our behalf.</remarks>
    public static void Prepare(ref UserRegs regs, ulong syscallVaddr, in SyscallArguments call)
    {
        regs.rip = syscallVaddr;
        regs.rax = (ulong)call.Number;
        regs.orig_rax = ulong.MaxValue;
        regs.rdi = call.A0;
        regs.rsi = call.A1;
        regs.rdx = call.A2;
        regs.r10 = call.A3;
        regs.r8 = call.A4;
        regs.r9 = call.A5;
    }
}
