using System;
using Iced.Intel;

namespace ManagedUprobe.Arch.X64;

/// <summary>What differs in 32-bit code: the kernel's table of opcodes, and what we do not do there although it could be done.</summary>
internal static class CompatInsnRules
{
    /// <summary>First opcode bytes missing from the kernel's table for 32-bit code.</summary>
    public static ReadOnlySpan<byte> BadOpcodes =>
    [
        0x07, 0x17, 0x1f, 0x6c, 0x6d, 0x6e, 0x6f, 0xcc, 0xcd, 0xce, 0xcf, 0xe4, 0xe5, 0xe6, 0xe7, 0xec, 0xed, 0xee, 0xef, 0xf1, 0xf4, 0xfa,
        0xfb,
    ];

    /// <summary>Why an instruction is not probed; null when it can be.</summary>
    public static InsnRefusal? Refuse(in InsnPrefixes prefixes, in Instruction instruction)
    {
        if (instruction.IsCallFar || instruction.IsCallFarIndirect || instruction.IsJmpFar || instruction.IsJmpFarIndirect
            || instruction.Code is Code.Retfd or Code.Retfd_imm16 or Code.Retfw or Code.Retfw_imm16)
        {
            return InsnRefusal.NotSupported("a far branch in 32-bit code may lead into 64-bit code");
        }

        if (instruction.Mnemonic == Mnemonic.Syscall)
        {
            return InsnRefusal.NotSupported("in 32-bit code it returns to an address that it does not choose");
        }

        return instruction.FlowControl is not (FlowControl.Next or FlowControl.Interrupt) && (prefixes.Has(0x66) || prefixes.Has(0x67))
            ? InsnRefusal.NotSupported("a branch that computes with 16 bits")
            : null;
    }
}
