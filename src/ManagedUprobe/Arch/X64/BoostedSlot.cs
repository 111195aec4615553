using System;
using System.Diagnostics;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Arch.X64;

/// <summary>Code that does in a slot what the displaced instruction does at its site, and goes on behind the site
/// by itself.</summary>
/// <remarks>
/// <para>Exact in every register, flag and byte, and nothing is written that the instruction does not write. The
/// forms (<c>next</c> is the address behind the site):</para>
/// <code>
/// Straight           insn (rip-relative displacement moved)        jmp next
/// Absolute           insn (rip-relative displacement moved)
/// Jump               jmp target
/// ConditionalJump    jcc target                                    jmp next
/// Loop               loop +5                                       jmp next     jmp target
/// CallRelative       push [word behind the code: next]             jmp target
/// CallIndirect       push [word behind the code: next]             jmp r/m (rsp-based operand moved by 8)
/// Syscall            syscall                                       lea rcx, [next]     jmp next
/// </code>
/// <para>In 32-bit code a call pushes <c>next</c> as an immediate, and an esp-based operand moves by 4.</para>
/// <para>A call is made of one push and one jump, so that at every instant the stack holds either nothing new or
/// the finished return address. The operand of an indirect call is read behind the push instead of before it:
/// with an operand in the 8 bytes below the stack pointer, or <c>call rsp</c>, that would show, see
/// <see cref="InsnEmulator.MustEmulate"/>; if both the operand and the stack are unreadable the fault names the
/// stack. With a user shadow stack calls cannot be built so.</para>
/// <para>What a program can see: the x87 unit's last instruction pointer is the slot's (as with the kernel's).</para>
/// </remarks>
internal static class BoostedSlot
{
    /// <summary>No slot is longer.</summary>
    public const int MaxLength = 32;

    /// <summary>Writes the slot.</summary>
    /// <param name="insn">An instruction that was not refused.</param>
    /// <param name="siteVaddr">Where it stands in the target.</param>
    /// <param name="slotVaddr">Where the slot will be.</param>
    /// <param name="code">Receives the slot, at least <see cref="MaxLength"/> bytes.</param>
    /// <param name="layout">Length and instruction boundaries, needed by <see cref="SlotIp"/>.</param>
    /// <param name="reason">Why there can be no slot at that address.</param>
    public static bool TryBuild(
        ArchUprobe insn, ulong siteVaddr, ulong slotVaddr, Span<byte> code, out SlotLayout layout, out string? reason)
    {
        var writer = new SlotWriter(code, slotVaddr, insn.Mode);
        ulong nextVaddr = insn.Mode.Wrap(unchecked(siteVaddr + (ulong)insn.Length));
        layout = insn.Kind switch
        {
            InsnKind.Straight => BuildStraight(ref writer, insn, siteVaddr, nextVaddr),
            InsnKind.Absolute => BuildAbsolute(ref writer, insn, siteVaddr),
            InsnKind.Jump => BuildJump(ref writer, BranchTarget.Relative(insn, siteVaddr)),
            InsnKind.ConditionalJump => BuildConditional(ref writer, insn, siteVaddr, nextVaddr),
            InsnKind.Loop => BuildLoop(ref writer, insn, siteVaddr, nextVaddr),
            InsnKind.CallRelative => BuildCallRelative(ref writer, insn, siteVaddr, nextVaddr),
            InsnKind.CallIndirect => BuildCallIndirect(ref writer, insn, siteVaddr, nextVaddr),
            InsnKind.Syscall => BuildSyscall(ref writer, insn, nextVaddr),
            _ => throw new UnreachableException(),
        };
        reason = writer.TooFar ? SlotWriter.TooFarReason : null;
        return !writer.TooFar;
    }

    private static SlotLayout BuildStraight(ref SlotWriter writer, ArchUprobe insn, ulong siteVaddr, ulong nextVaddr)
    {
        CopyRelocated(ref writer, insn, siteVaddr);
        writer.Jump(nextVaddr);
        return new SlotLayout(writer.Length, insn.Length, 0);
    }

    private static SlotLayout BuildAbsolute(ref SlotWriter writer, ArchUprobe insn, ulong siteVaddr)
    {
        CopyRelocated(ref writer, insn, siteVaddr);
        return new SlotLayout(writer.Length, 0, 0);
    }

    private static SlotLayout BuildJump(ref SlotWriter writer, ulong targetVaddr)
    {
        writer.Jump(targetVaddr);
        return new SlotLayout(writer.Length, 0, 0);
    }

    private static SlotLayout BuildConditional(ref SlotWriter writer, ArchUprobe insn, ulong siteVaddr, ulong nextVaddr)
    {
        writer.Byte(0x0f);
        writer.Byte(0x80 | ConditionOf(insn));
        writer.Relative(BranchTarget.Relative(insn, siteVaddr));
        int second = writer.Length;
        writer.Jump(nextVaddr);
        return new SlotLayout(writer.Length, second, 0);
    }

    private static SlotLayout BuildLoop(ref SlotWriter writer, ArchUprobe insn, ulong siteVaddr, ulong nextVaddr)
    {
        // With all its prefixes: a repne, which means nothing here, turns a loope round on some CPUs.
        writer.Bytes(insn.Bytes[..^1]);
        writer.Byte(5);
        int second = writer.Length;
        writer.Jump(nextVaddr);
        int third = writer.Length;
        writer.Jump(BranchTarget.Relative(insn, siteVaddr));
        return new SlotLayout(writer.Length, second, third);
    }

    private static SlotLayout BuildCallRelative(ref SlotWriter writer, ArchUprobe insn, ulong siteVaddr, ulong nextVaddr)
    {
        const int JumpLength = 5;
        int second = Push(ref writer, insn, nextVaddr, JumpLength);
        writer.Jump(BranchTarget.Relative(insn, siteVaddr));
        WordBehind(ref writer, insn, nextVaddr);
        return new SlotLayout(writer.Length, second, 0);
    }

    private static SlotLayout BuildCallIndirect(ref SlotWriter writer, ArchUprobe insn, ulong siteVaddr, ulong nextVaddr)
    {
        Span<byte> jump = stackalloc byte[InsnAnalyzer.MaxBytes];
        int ripDisplacement = IndirectJump.From(insn, jump, out int length);
        int second = Push(ref writer, insn, nextVaddr, length);
        if (ripDisplacement == 0)
        {
            writer.Bytes(jump[..length]);
        }
        else
        {
            writer.Bytes(jump[..ripDisplacement]);
            RipDisplacement(ref writer, insn, siteVaddr, trailing: 0);
        }

        WordBehind(ref writer, insn, nextVaddr);
        return new SlotLayout(writer.Length, second, 0);
    }

    /// <summary>Writes what follows a system call in a slot: rcx as the instruction at the site leaves it, and the way back.</summary>
    public static bool TryBuildSyscallExit(ulong nextVaddr, ulong vaddr, Span<byte> code, out int length)
    {
        var writer = new SlotWriter(code, vaddr);
        LeaveSyscall(ref writer, nextVaddr, out _);
        length = writer.Length;
        return !writer.TooFar;
    }

    private static void LeaveSyscall(ref SlotWriter writer, ulong nextVaddr, out int jump)
    {
        writer.Bytes([0x48, 0x8d, 0x0d]); // lea rcx, [rip + …]
        writer.Relative(nextVaddr);
        jump = writer.Length;
        writer.Jump(nextVaddr);
    }

    private static SlotLayout BuildSyscall(ref SlotWriter writer, ArchUprobe insn, ulong nextVaddr)
    {
        writer.Bytes(insn.Bytes);
        int second = writer.Length;
        LeaveSyscall(ref writer, nextVaddr, out int third);
        return new SlotLayout(writer.Length, second, third);
    }

    /// <summary>push qword [rip + …] of the word that stands <paramref name="codeLength"/> bytes behind it; in 32-bit code push imm32. Returns its length.</summary>
    private static int Push(ref SlotWriter writer, ArchUprobe insn, ulong value, int codeLength)
    {
        if (insn.Mode == ExecutionMode.Bits32)
        {
            writer.Byte(0x68);
            writer.Int32(unchecked((int)value));
        }
        else
        {
            writer.Bytes([0xff, 0x35]);
            writer.Int32(codeLength);
        }

        return writer.Length;
    }

    private static void WordBehind(ref SlotWriter writer, ArchUprobe insn, ulong value)
    {
        if (insn.Mode == ExecutionMode.Bits64)
        {
            writer.UInt64(value);
        }
    }

    /// <summary>Copies the instruction byte for byte (meaningless prefixes too), its rip-relative operand
    /// kept.</summary>
    internal static void CopyRelocated(ref SlotWriter writer, ArchUprobe insn, ulong siteVaddr)
    {
        int at = insn.RipDisplacementOffset;
        if (at == 0)
        {
            writer.Bytes(insn.Bytes);
            return;
        }

        writer.Bytes(insn.Bytes[..at]);
        RipDisplacement(ref writer, insn, siteVaddr, insn.Length - at - sizeof(int));
        writer.Bytes(insn.Bytes[(at + sizeof(int))..]);
    }

    private static void RipDisplacement(ref SlotWriter writer, ArchUprobe insn, ulong siteVaddr, int trailing)
    {
        ulong targetVaddr = BranchTarget.RipOperand(insn, siteVaddr);
        if (BranchTarget.HasAddressSizePrefix(insn))
        {
            writer.Relative32(targetVaddr, trailing);
        }
        else
        {
            writer.Relative(targetVaddr, trailing);
        }
    }

    /// <summary>The condition code (0–15) of a conditional jump.</summary>
    internal static int ConditionOf(ArchUprobe insn)
    {
        int at = insn.OpcodeOffset;
        byte opcode = insn.Bytes[at] == 0x0f ? insn.Bytes[at + 1] : insn.Bytes[at];
        return opcode & 0x0f;
    }
}
