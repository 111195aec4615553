using System;
using System.Buffers.Binary;
using Iced.Intel;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Arch.X64;

/// <summary>Where instructions go and what their operands name, for a site at a given address.</summary>
internal static class BranchTarget
{
    // Below it every address is canonical; a call to one that is not faults before it pushes.
    private const ulong UserSpaceEnd = 1ul << 47;

    /// <summary>Target of a relative jump, loop or call.</summary>
    public static ulong Relative(ArchUprobe insn, ulong siteVaddr)
    {
        ReadOnlySpan<byte> bytes = insn.Bytes;
        bool wide = bytes[insn.OpcodeOffset] is 0x0f or 0xe8 or 0xe9;
        long distance = wide ? BinaryPrimitives.ReadInt32LittleEndian(bytes[^4..]) : unchecked((sbyte)bytes[^1]);
        return insn.Mode.Wrap(unchecked(siteVaddr + (ulong)insn.Length + (ulong)distance));
    }

    /// <summary>Address of a rip-relative operand (before a 67 prefix cuts it to 32 bits).</summary>
    public static ulong RipOperand(ArchUprobe insn, ulong siteVaddr)
    {
        int displacement = BinaryPrimitives.ReadInt32LittleEndian(insn.Bytes[insn.RipDisplacementOffset..]);
        return unchecked(siteVaddr + (ulong)insn.Length + (ulong)displacement);
    }

    /// <summary>Target of an indirect call.</summary>
    /// <param name="insn">The call.</param>
    /// <param name="siteVaddr">Where it stands.</param>
    /// <param name="regs">Registers before it.</param>
    /// <param name="memory">Read when the operand is in memory.</param>
    /// <param name="targetVaddr">Where it goes.</param>
    /// <returns>False when the operand cannot be read, or names an address outside user space (the call may fault
    /// then).</returns>
    public static bool TryIndirect(
        ArchUprobe insn, ulong siteVaddr, ref readonly UserRegs regs, ITraceeMemory memory, out ulong targetVaddr)
    {
        if (insn.Instruction.Op0Kind == OpKind.Register)
        {
            targetVaddr = insn.Mode.Wrap(RegisterTable.Get(in regs, insn.Instruction.Op0Register.GetNumber()));
            return targetVaddr < UserSpaceEnd;
        }

        Span<byte> word = stackalloc byte[sizeof(ulong)];
        word.Clear();
        bool read = memory.TryRead(MemoryOperand(insn, siteVaddr, in regs), word[..insn.Mode.WordSize()]);
        targetVaddr = BinaryPrimitives.ReadUInt64LittleEndian(word);
        return read && targetVaddr < UserSpaceEnd;
    }

    /// <summary>Address of the memory operand (which has no vector index).</summary>
    public static ulong MemoryOperand(ArchUprobe insn, ulong siteVaddr, ref readonly UserRegs regs)
    {
        ref readonly Instruction instruction = ref insn.Instruction;
        ulong offset = insn.RipDisplacementOffset != 0
            ? RipOperand(insn, siteVaddr)
            : unchecked(
                instruction.MemoryDisplacement64
                + General(instruction.MemoryBase, in regs)
                + (General(instruction.MemoryIndex, in regs) * (ulong)instruction.MemoryIndexScale));
        if (insn.Mode == ExecutionMode.Bits32 || HasAddressSizePrefix(insn))
        {
            offset = unchecked((uint)offset);
        }

        return insn.Mode.Wrap(unchecked(offset + SegmentBase(instruction.MemorySegment, in regs)));
    }

    /// <summary>Addresses are computed with 32 bits (prefix 67).</summary>
    public static bool HasAddressSizePrefix(ArchUprobe insn) => new InsnPrefixes(insn.Bytes, insn.Mode).Has(0x67);

    private static ulong General(Register register, ref readonly UserRegs regs) =>
        register == Register.None ? 0 : RegisterTable.Get(in regs, register.GetNumber());

    private static ulong SegmentBase(Register segment, ref readonly UserRegs regs) => segment switch
    {
        Register.FS => regs.fs_base,
        Register.GS => regs.gs_base,
        _ => 0,
    };
}
