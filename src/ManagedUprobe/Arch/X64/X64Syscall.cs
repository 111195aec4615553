using System;
using ManagedUprobe.Native;
using Mono.Unix.Native;

namespace ManagedUprobe.Arch.X64;

/// <summary>System calls in the registers of a stopped thread.</summary>
internal static class X64Syscall
{
    /// <summary>Length of the <c>syscall</c> instruction.</summary>
    public const int InsnLength = 2;

    private const ulong MaxErrno = 4095;

    /// <summary>Machine code of <c>syscall</c>.</summary>
    public static ReadOnlySpan<byte> Insn => [0x0f, 0x05];

    /// <summary>Lays out a system call; rip is left to the caller.</summary>
    /// <param name="regs">Registers to change.</param>
    /// <param name="number">System call number.</param>
    /// <param name="arguments">Up to six; the others become 0.</param>
    public static void Prepare(ref UserRegs regs, int number, params ReadOnlySpan<ulong> arguments)
    {
        Span<ulong> all = stackalloc ulong[6];
        arguments.CopyTo(all);
        regs.rax = (ulong)number;
        regs.rdi = all[0];
        regs.rsi = all[1];
        regs.rdx = all[2];
        regs.r10 = all[3];
        regs.r8 = all[4];
        regs.r9 = all[5];

        // Otherwise the kernel might take the stop for one inside a system call, and restart that.
        regs.orig_rax = ulong.MaxValue;
    }

    /// <summary>Reads a finished system call's result.</summary>
    /// <param name="regs">Registers behind the instruction.</param>
    /// <param name="result">What it returned; 0 when it failed.</param>
    /// <returns>0, or the error.</returns>
    public static Errno Result(ref readonly UserRegs regs, out ulong result)
    {
        ulong negated = unchecked(0 - regs.rax);
        bool failed = negated is > 0 and <= MaxErrno;
        result = failed ? 0 : regs.rax;
        return failed ? (Errno)(int)negated : default;
    }
}
