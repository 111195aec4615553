using System.Buffers.Binary;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Arch.X64;

/// <summary>The near return instructions, <c>ret</c> and <c>ret imm16</c>.</summary>
internal static class ReturnInsn
{
    private const byte RetImm16 = 0xc2;

    /// <summary>Bytes that a return instruction takes off the stack: the address, and what it says.</summary>
    public static ulong PoppedBytes(ArchUprobe insn) => insn.Bytes[insn.OpcodeOffset] == RetImm16
        ? (ulong)insn.Mode.WordSize() + BinaryPrimitives.ReadUInt16LittleEndian(insn.Bytes[(insn.OpcodeOffset + 1)..])
        : (ulong)insn.Mode.WordSize();
}
