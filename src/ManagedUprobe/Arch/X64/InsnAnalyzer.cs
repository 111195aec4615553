using System;
using Iced.Intel;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Arch.X64;

/// <summary>Judges the instruction at a site (kernel: <c>arch_uprobe_analyze_insn</c>). Any thread.</summary>
internal static class InsnAnalyzer
{
    /// <summary>Bytes that are looked at; the kernel reads as many.</summary>
    public const int MaxBytes = 16;

    /// <summary>Analyses the instruction at the start of <paramref name="bytes"/>.</summary>
    /// <param name="bytes">The file's bytes at the site, 16 or up to the end of the file (zeros follow there, as
    /// in memory).</param>
    /// <param name="mode">The mode that it runs in.</param>
    public static ArchUprobe Analyze(ReadOnlySpan<byte> bytes, ExecutionMode mode = ExecutionMode.Bits64)
    {
        byte[] padded = new byte[MaxBytes];
        bytes[..Math.Min(bytes.Length, MaxBytes)].CopyTo(padded);
        var decoder = Decoder.Create(mode.Bitness(), padded);
        Instruction instruction = decoder.Decode();
        bool decoded = !instruction.IsInvalid;
        var prefixes = new InsnPrefixes(padded, mode);
        InsnRefusal kernel = KernelInsnRules.Judge(prefixes, decoded, mode);
        return new ArchUprobe(padded.AsSpan(0, decoded ? instruction.Length : 0), instruction)
        {
            Mode = mode,
            Kind = decoded && !prefixes.IsVector ? Classify(prefixes) : InsnKind.Straight,
            OpcodeOffset = prefixes.OpcodeOffset,
            RipDisplacementOffset = decoded && instruction.IsIPRelativeMemoryOperand
                ? decoder.GetConstantOffsets(instruction).DisplacementOffset
                : 0,
            Kernel = kernel,
            Refusal = Judge(prefixes, kernel, instruction, mode),
        };
    }

    private static InsnRefusal Judge(in InsnPrefixes prefixes, InsnRefusal kernel, Instruction instruction, ExecutionMode mode)
    {
        if (kernel.IsRefused && !(prefixes.IsVector && OnlyTheTable(prefixes, instruction)))
        {
            return kernel;
        }

        if (instruction.IsInvalid)
        {
            return InsnRefusal.NoInstruction("the bytes are no instruction that the decoder knows");
        }

        return ScopeRefusal(instruction)
            ?? (mode == ExecutionMode.Bits32 ? CompatInsnRules.Refuse(prefixes, instruction) : null)
            ?? BranchRefusal(prefixes, instruction)
            ?? default;
    }

    // The kernel looks up the opcode byte of a VEX instruction in the table of one-byte opcodes: those are none
    // of its business.
    private static bool OnlyTheTable(in InsnPrefixes prefixes, Instruction instruction) =>
        !instruction.IsInvalid && !KernelInsnRules.HasBadPrefix(prefixes);

    private static InsnRefusal? ScopeRefusal(Instruction instruction) => instruction.Mnemonic switch
    {
        Mnemonic.Xbegin or Mnemonic.Xend or Mnemonic.Xabort
            => InsnRefusal.NotSupported("a breakpoint aborts the transaction"),
        Mnemonic.Monitor or Mnemonic.Mwait or Mnemonic.Monitorx or Mnemonic.Mwaitx or Mnemonic.Umonitor or Mnemonic.Umwait
            => InsnRefusal.NotSupported("a breakpoint ends the monitoring of an address"),
        Mnemonic.Sysenter => InsnRefusal.NotSupported("sysenter returns to an address that it does not choose"),
        _ => null,
    };

    private static InsnRefusal? BranchRefusal(in InsnPrefixes prefixes, Instruction instruction)
    {
        if (instruction.IsCallFarIndirect)
        {
            return InsnRefusal.NotSupported("a far call");
        }

        if (prefixes.HasStrayRex)
        {
            return InsnRefusal.NotSupported("decoders disagree about the order of its prefixes");
        }

        bool changesSize = instruction.FlowControl is FlowControl.IndirectCall || Classify(prefixes) == InsnKind.Loop;
        return changesSize && prefixes.Has(0x66)
            ? InsnRefusal.NotSupported("a branch with an operand size prefix means different things on different CPUs")
            : null;
    }

    private static InsnKind Classify(in InsnPrefixes prefixes) => prefixes.OpcodeByte switch
    {
        0x0f when prefixes.NextByte == 0x05 => InsnKind.Syscall,
        0x0f when (prefixes.NextByte & 0xf0) == 0x80 => InsnKind.ConditionalJump,
        >= 0x70 and <= 0x7f => InsnKind.ConditionalJump,
        >= 0xe0 and <= 0xe3 => InsnKind.Loop,
        0xe8 => InsnKind.CallRelative,
        0xe9 or 0xeb => InsnKind.Jump,
        0xc2 or 0xc3 or 0xca or 0xcb => InsnKind.Absolute,
        0xff => (prefixes.NextByte >> 3 & 7) switch
        {
            2 => InsnKind.CallIndirect,
            4 or 5 => InsnKind.Absolute,
            _ => InsnKind.Straight,
        },
        _ => InsnKind.Straight,
    };
}
