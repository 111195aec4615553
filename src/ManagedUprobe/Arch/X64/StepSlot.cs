using System;
using System.Buffers.Binary;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Arch.X64;

/// <summary>
/// The plain form of execution out of line: one single step of the instruction in the slot, then the registers
/// are made right (kernel: <c>default_post_xol_op</c>).
/// </summary>
internal static class StepSlot
{
    private const ulong TrapFlag = 0x100;

    /// <summary>Writes the slot; parameters as for <see cref="BoostedSlot.TryBuild"/>.</summary>
    /// <remarks>Indirect calls are copied as they are, everything else has the boosted form, of which the first
    /// instruction is stepped.</remarks>
    public static bool TryBuild(
        ArchUprobe insn, ulong siteVaddr, ulong slotVaddr, Span<byte> code, out SlotLayout layout, out string? reason)
    {
        if (insn.Kind != InsnKind.CallIndirect)
        {
            return BoostedSlot.TryBuild(insn, siteVaddr, slotVaddr, code, out layout, out reason);
        }

        var writer = new SlotWriter(code, slotVaddr, insn.Mode);
        BoostedSlot.CopyRelocated(ref writer, insn, siteVaddr);
        layout = new SlotLayout(writer.Length, 0, 0);
        reason = writer.TooFar ? SlotWriter.TooFarReason : null;
        return !writer.TooFar;
    }

    /// <summary>After one single step that started at the slot's first byte and ended with the step's trap.</summary>
    /// <param name="insn">The displaced instruction.</param>
    /// <param name="layout">The slot's.</param>
    /// <param name="siteVaddr">Address of the site.</param>
    /// <param name="slotVaddr">Address of the slot.</param>
    /// <param name="before">Registers before the step.</param>
    /// <param name="after">Registers after it; changed to what they would be at the site.</param>
    /// <param name="memory">The thread's memory: a pushed return address or flags image is put right.</param>
    public static StepResult AfterStep(
        ArchUprobe insn, SlotLayout layout, ulong siteVaddr, ulong slotVaddr, ref readonly UserRegs before,
        ref UserRegs after, ITraceeMemory memory)
    {
        if (after.rip == slotVaddr)
        {
            return StepResult.Again;
        }

        if (insn.Kind == InsnKind.CallIndirect)
        {
            FixReturnAddress(insn, siteVaddr, after.rsp, memory);
        }
        else
        {
            SlotIp.Map(insn, layout, siteVaddr, slotVaddr, faulted: false, ref after, memory);
        }

        if ((before.eflags & TrapFlag) == 0)
        {
            HideTrapFlag(insn, ref after, memory);
        }

        return StepResult.Finished;
    }

    private static void FixReturnAddress(ArchUprobe insn, ulong siteVaddr, ulong stackVaddr, ITraceeMemory memory)
    {
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(word, unchecked(siteVaddr + (ulong)insn.Length));
        Invariant.Require(memory.TryWrite(stackVaddr, word[..insn.Mode.WordSize()]), "the stack that a call has just pushed to cannot be written");
    }

    // The step's trap flag is in what pushf stores and in what syscall leaves in r11.
    private static void HideTrapFlag(ArchUprobe insn, ref UserRegs after, ITraceeMemory memory)
    {
        if (insn.Kind == InsnKind.Syscall)
        {
            after.r11 &= ~TrapFlag;
        }
        else if (insn.Bytes[insn.OpcodeOffset] == 0x9c)
        {
            Span<byte> flags = stackalloc byte[1];
            ulong vaddr = unchecked(after.rsp + 1);
            Invariant.Require(memory.TryRead(vaddr, flags), "the flags that were just pushed cannot be read");
            flags[0] &= 0xfe;
            Invariant.Require(memory.TryWrite(vaddr, flags), "the flags that were just pushed cannot be written");
        }
    }
}
