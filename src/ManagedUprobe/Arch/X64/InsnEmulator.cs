using System;
using System.Buffers.Binary;
using System.Diagnostics;
using Iced.Intel;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Arch.X64;

/// <summary>Instructions that are done in the registers of a stopped thread, without running it.</summary>
/// <remarks>
/// Pushes are written through page protection: on a stack that cannot be written, and with a trap flag that the
/// program set itself, a slot is more exact.
/// </remarks>
internal static class InsnEmulator
{
    private const ulong CarryFlag = 0x001;
    private const ulong ParityFlag = 0x004;
    private const ulong ZeroFlag = 0x040;
    private const ulong SignFlag = 0x080;
    private const ulong OverflowFlag = 0x800;

    /// <summary>
    /// The boosted slot would not be exact with these registers: the operand of an indirect call is the stack
    /// pointer, or lies where the return address is going to be. When <see cref="TryEmulate"/> then says no, the
    /// call faults: the slot will do.
    /// </summary>
    public static bool MustEmulate(ArchUprobe insn, ulong siteVaddr, ref readonly UserRegs regs)
    {
        if (insn.Kind != InsnKind.CallIndirect)
        {
            return false;
        }

        if (insn.Instruction.Op0Kind == OpKind.Register)
        {
            return insn.Instruction.Op0Register is Register.RSP or Register.ESP;
        }

        ulong reach = (2 * (ulong)insn.Mode.WordSize()) - 1;
        ulong operandVaddr = BranchTarget.MemoryOperand(insn, siteVaddr, in regs);
        return unchecked(operandVaddr - (regs.rsp - reach)) < reach;
    }

    /// <summary>Does a nop, a push of a register, a relative branch or a near call.</summary>
    /// <param name="insn">The instruction.</param>
    /// <param name="siteVaddr">Where it stands.</param>
    /// <param name="regs">Registers before it; changed to those after it when the result is true.</param>
    /// <param name="memory">The thread's memory.</param>
    /// <returns>False, and nothing changed, when it is another instruction or its memory cannot be
    /// accessed.</returns>
    public static bool TryEmulate(ArchUprobe insn, ulong siteVaddr, ref UserRegs regs, ITraceeMemory memory)
    {
        ulong nextVaddr = insn.Mode.Wrap(unchecked(siteVaddr + (ulong)insn.Length));
        switch (insn.Kind)
        {
            case InsnKind.Jump:
                regs.rip = BranchTarget.Relative(insn, siteVaddr);
                return true;
            case InsnKind.ConditionalJump:
                bool taken = IsTrue(BoostedSlot.ConditionOf(insn), regs.eflags);
                regs.rip = taken ? BranchTarget.Relative(insn, siteVaddr) : nextVaddr;
                return true;
            case InsnKind.Loop when !insn.Instruction.HasRepPrefix && !insn.Instruction.HasRepnePrefix:
                regs.rip = DoLoop(insn, ref regs) ? BranchTarget.Relative(insn, siteVaddr) : nextVaddr;
                return true;
            case InsnKind.CallRelative:
                return TryPush(insn, nextVaddr, BranchTarget.Relative(insn, siteVaddr), ref regs, memory);
            case InsnKind.CallIndirect:
                return BranchTarget.TryIndirect(insn, siteVaddr, in regs, memory, out ulong targetVaddr)
                    && TryPush(insn, nextVaddr, targetVaddr, ref regs, memory);
            default:
                return TryStraight(insn, nextVaddr, ref regs, memory);
        }
    }

    private static bool TryStraight(ArchUprobe insn, ulong nextVaddr, ref UserRegs regs, ITraceeMemory memory)
    {
        Instruction instruction = insn.Instruction;
        if (instruction.Mnemonic is Mnemonic.Nop or Mnemonic.Pause or Mnemonic.Endbr64 or Mnemonic.Endbr32)
        {
            regs.rip = nextVaddr;
            return true;
        }

        return instruction.Code is Code.Push_r64 or Code.Push_r32
            && TryPush(insn, RegisterTable.Get(in regs, instruction.Op0Register.GetNumber()), nextVaddr, ref regs, memory);
    }

    private static bool TryPush(ArchUprobe insn, ulong value, ulong nextRip, ref UserRegs regs, ITraceeMemory memory)
    {
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(word, value);
        ulong stackVaddr = insn.Mode.Wrap(unchecked(regs.rsp - (ulong)insn.Mode.WordSize()));
        if (!memory.TryWrite(stackVaddr, word[..insn.Mode.WordSize()]))
        {
            return false;
        }

        regs.rsp = stackVaddr;
        regs.rip = nextRip;
        return true;
    }

    private static bool DoLoop(ArchUprobe insn, ref UserRegs regs)
    {
        const byte Jrcxz = 0xe3;
        ulong mask = insn.Mode == ExecutionMode.Bits32 || BranchTarget.HasAddressSizePrefix(insn) ? uint.MaxValue : ulong.MaxValue;
        byte opcode = insn.Bytes[insn.OpcodeOffset];
        if (opcode == Jrcxz)
        {
            return (regs.rcx & mask) == 0;
        }

        regs.rcx = unchecked(regs.rcx - 1) & mask;
        bool zero = (regs.eflags & ZeroFlag) != 0;
        return regs.rcx != 0 && opcode switch
        {
            0xe0 => !zero,
            0xe1 => zero,
            _ => true,
        };
    }

    private static bool IsTrue(int condition, ulong eflags)
    {
        bool less = (eflags & SignFlag) != 0 != ((eflags & OverflowFlag) != 0);
        bool holds = (condition >> 1) switch
        {
            0 => (eflags & OverflowFlag) != 0,
            1 => (eflags & CarryFlag) != 0,
            2 => (eflags & ZeroFlag) != 0,
            3 => (eflags & (CarryFlag | ZeroFlag)) != 0,
            4 => (eflags & SignFlag) != 0,
            5 => (eflags & ParityFlag) != 0,
            6 => less,
            7 => less || (eflags & ZeroFlag) != 0,
            _ => throw new UnreachableException(),
        };
        return holds ^ ((condition & 1) != 0);
    }
}
