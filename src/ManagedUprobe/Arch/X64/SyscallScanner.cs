using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using Iced.Intel;

namespace ManagedUprobe.Arch.X64;

/// <summary>Finds <c>syscall</c> instructions in machine code by their bytes, and proves them by decoding.</summary>
internal static class SyscallScanner
{
    // Compilers set up arguments between the number and the instruction; further up there is a branch.
    private const int LookBack = 64;
    private const int ImmediateLength = sizeof(int);

    /// <summary>
    /// Finds each <c>syscall</c> that is preceded, without a branch between, by the move of one of
    /// <paramref name="numbers"/> into eax.
    /// </summary>
    /// <param name="code">Machine code, a whole segment or section.</param>
    /// <param name="baseOffset">Added to the place in <paramref name="code"/>.</param>
    /// <param name="numbers">System call numbers looked for.</param>
    /// <param name="found">Receives them, in ascending order.</param>
    /// <remarks>A number that comes from elsewhere (libc's <c>syscall()</c>) is not found.</remarks>
    public static void Find(ReadOnlySpan<byte> code, ulong baseOffset, ReadOnlySpan<int> numbers, List<SyscallSite> found)
    {
        int at = 0;
        for (int next; (next = code[at..].IndexOf(X64Syscall.Insn)) >= 0; at += X64Syscall.InsnLength)
        {
            at += next;
            int start = Math.Max(0, at - LookBack);
            if (TryFindNumber(code[start..(at + X64Syscall.InsnLength)], numbers, out int number))
            {
                found.Add(new SyscallSite(unchecked(baseOffset + (ulong)at), number));
            }
        }
    }

    /// <summary>Finds bytes in executable code that run as <c>syscall</c> when a thread is sent there.</summary>
    /// <returns>Their place in <paramref name="code"/>, or -1.</returns>
    /// <remarks>They need not be an instruction of the program: the CPU decodes from where it is sent.</remarks>
    public static int FindAny(ReadOnlySpan<byte> code) => code.IndexOf(X64Syscall.Insn);

    /// <summary>Looks backwards for the nearest move that decodes, instruction by instruction, to the end of the
    /// window.</summary>
    private static bool TryFindNumber(ReadOnlySpan<byte> window, ReadOnlySpan<int> numbers, out int number)
    {
        for (int at = window.Length - X64Syscall.InsnLength - ImmediateLength; at >= 1; at--)
        {
            number = BinaryPrimitives.ReadInt32LittleEndian(window[at..]);
            if (numbers.Contains(number)
                && MoveStart(window, at) is int start and >= 0
                && RunsToSyscall(window[start..]))
            {
                return true;
            }
        }

        number = -1;
        return false;
    }

    // mov eax, imm32 and mov rax, imm32.
    private static int MoveStart(ReadOnlySpan<byte> window, int immediateAt)
    {
        if (window[immediateAt - 1] == 0xb8)
        {
            return immediateAt - 1;
        }

        ReadOnlySpan<byte> moveRax = [0x48, 0xc7, 0xc0];
        return immediateAt >= moveRax.Length && window[..immediateAt].EndsWith(moveRax)
            ? immediateAt - moveRax.Length
            : -1;
    }

    private static bool RunsToSyscall(ReadOnlySpan<byte> code)
    {
        var decoder = Decoder.Create(64, code.ToArray());
        Instruction instruction = decoder.Decode();
        while (!instruction.IsInvalid && instruction.FlowControl == FlowControl.Next)
        {
            instruction = decoder.Decode();
            if (WritesEax(instruction))
            {
                return false;
            }
        }

        return instruction.Mnemonic == Mnemonic.Syscall && decoder.IP == (ulong)code.Length;
    }

    private static bool WritesEax(Instruction instruction) =>
        instruction.OpCount > 0
        && instruction.Op0Kind == OpKind.Register
        && instruction.Op0Register.GetFullRegister() == Register.RAX
        && instruction.Mnemonic is not (Mnemonic.Cmp or Mnemonic.Test);
}
