using System;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Arch.X64;

/// <summary>Which instructions the kernel's uprobes accept (kernel: <c>uprobe_init_insn</c>,
/// <c>branch_setup_xol_ops</c>).</summary>
internal static class KernelInsnRules
{
    private static ReadOnlySpan<byte> BadPrefixes => [0x26, 0x2e, 0x36, 0x3e, 0xf0];

    // First opcode bytes missing from the kernel's table for 64-bit code.
    private static ReadOnlySpan<byte> BadOpcodes =>
    [
        0x06, 0x07, 0x0e, 0x16, 0x17, 0x1e, 0x1f, 0x27, 0x2f, 0x37, 0x3f, 0x60, 0x61, 0x62, 0x6c, 0x6d, 0x6e, 0x6f, 0x82,
        0x9a, 0xcc, 0xcd, 0xce, 0xcf, 0xd4, 0xd5, 0xd6, 0xe4, 0xe5, 0xe6, 0xe7, 0xea, 0xec, 0xed, 0xee, 0xef, 0xf1, 0xf4,
        0xfa, 0xfb,
    ];

    /// <summary>Judges in the kernel's order.</summary>
    /// <param name="prefixes">The prefixes of the instruction.</param>
    /// <param name="decoded">Whether our decoder makes an instruction of the bytes.</param>
    /// <param name="mode">The mode of the code.</param>
    public static InsnRefusal Judge(in InsnPrefixes prefixes, bool decoded, ExecutionMode mode)
    {
        if (prefixes.LegacyCount >= 15 || (prefixes.IsVector && !decoded))
        {
            return InsnRefusal.NoInstruction("the bytes are no instruction");
        }

        if (HasBadPrefix(prefixes))
        {
            string what = prefixes.Has(0xf0) ? "a lock prefix" : "a segment or hint prefix (es, cs, ss, ds)";
            return InsnRefusal.NotSupported(what);
        }

        // mov to ss holds back the trap of a single step.
        if (!prefixes.IsVector && prefixes.OpcodeByte == 0x8e && (prefixes.NextByte & 0x38) == 0x10)
        {
            return InsnRefusal.NotSupported("it loads the stack segment register");
        }

        if ((mode == ExecutionMode.Bits32 ? CompatInsnRules.BadOpcodes : BadOpcodes).Contains(prefixes.OpcodeByte))
        {
            return InsnRefusal.NotSupported(Describe(prefixes));
        }

        return !prefixes.IsVector && IsRelativeBranch(prefixes) && prefixes.Has(0x66)
            ? InsnRefusal.NotSupported("a branch with an operand size prefix means different things on different CPUs")
            : default;
    }

    /// <summary>A prefix that the kernel refuses whatever it stands before.</summary>
    public static bool HasBadPrefix(in InsnPrefixes prefixes)
    {
        foreach (byte prefix in BadPrefixes)
        {
            if (prefixes.Has(prefix))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsRelativeBranch(in InsnPrefixes prefixes) => prefixes.OpcodeByte switch
    {
        0xe8 or 0xe9 or 0xeb => true,
        0x0f => (prefixes.NextByte & 0xf0) == 0x80,
        byte first => (first & 0xf0) == 0x70,
    };

    private static string Describe(in InsnPrefixes prefixes) => prefixes.IsVector
        ? "its opcode byte is missing from the kernel's table"
        : prefixes.OpcodeByte switch
        {
            0xcc => "a breakpoint instruction stands there already",
            0xcd or 0xce or 0xf1 => "a software interrupt",
            0xcf => "a return from an interrupt",
            0xf4 or 0xfa or 0xfb => "a privileged instruction",
            0x6c or 0x6d or 0x6e or 0x6f or (>= 0xe4 and <= 0xe7) or (>= 0xec and <= 0xef) => "port input or output",
            0x07 or 0x17 or 0x1f => "it loads a segment register, or is no instruction of 64-bit code",
            _ => "no instruction of 64-bit code",
        };
}
