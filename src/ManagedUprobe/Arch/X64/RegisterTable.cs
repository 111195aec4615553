using System;
using System.Runtime.InteropServices;
using ManagedUprobe.Native;

namespace ManagedUprobe.Arch.X64;

/// <summary>Registers by the kernel's names (<c>%di</c> without the sign) and by their number in machine
/// code.</summary>
internal static class RegisterTable
{
    // In the order of struct user_regs_struct; an empty name is a register that the event language does not know.
    private static readonly string[] s_names =
    [
        "r15", "r14", "r13", "r12", "bp", "bx", "r11", "r10", "r9", "r8", "ax", "cx", "dx", "si", "di",
        "orig_ax", "ip", "cs", "flags", "sp", "ss",
    ];

    // rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8 … r15.
    private static ReadOnlySpan<byte> MachineOrder => [10, 11, 12, 5, 19, 4, 13, 14, 9, 8, 7, 6, 3, 2, 1, 0];

    /// <summary>Finds a register by the kernel's name, lower case.</summary>
    /// <param name="name">The name without the percent sign.</param>
    /// <param name="offset">Its offset in <see cref="UserRegs"/> in bytes.</param>
    public static bool TryFind(ReadOnlySpan<char> name, out int offset)
    {
        for (int i = 0; i < s_names.Length; i++)
        {
            if (name.SequenceEqual(s_names[i]))
            {
                offset = i * sizeof(ulong);
                return true;
            }
        }

        offset = -1;
        return false;
    }

    /// <summary>The general register with the number that machine code gives it (0 rax, 4 rsp …).</summary>
    public static ulong Get(ref readonly UserRegs regs, int number) =>
        MemoryMarshal.Cast<UserRegs, ulong>(MemoryMarshal.CreateReadOnlySpan(in regs, 1))[MachineOrder[number]];
}
