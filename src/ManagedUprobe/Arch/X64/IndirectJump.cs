using System;
using System.Buffers.Binary;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Arch.X64;

/// <summary>Turns an indirect call into the jump to the same target that works behind the push of the return
/// address.</summary>
internal static class IndirectJump
{
    private const byte RspAsBase = 4;

    /// <summary>Writes the jump.</summary>
    /// <param name="insn">A near call r/m.</param>
    /// <param name="code">Receives the jump; a rip-relative displacement in it is not valid yet.</param>
    /// <param name="length">Its length.</param>
    /// <returns>Offset of the rip-relative displacement in the jump; 0 when there is none.</returns>
    public static int From(ArchUprobe insn, Span<byte> code, out int length)
    {
        ReadOnlySpan<byte> bytes = insn.Bytes;
        length = CopyPrefixes(insn, code);
        byte modrm = bytes[insn.OpcodeOffset + 1];
        if (insn.RipDisplacementOffset == 0 && UsesRspAsBase(insn, modrm))
        {
            WriteRspBased(insn, modrm, code, ref length);
            return 0;
        }

        int opcodeAt = length;
        bytes[insn.OpcodeOffset..].CopyTo(code[length..]);
        code[length + 1] = ToJump(modrm);
        length += insn.Length - insn.OpcodeOffset;
        return insn.RipDisplacementOffset == 0 ? 0 : opcodeAt + 2;
    }

    // ModRM.reg: 2 is call, 4 is jmp.
    private static byte ToJump(int modrm) => (byte)((modrm & 0xc7) | 0x20);

    /// <summary>Copies the prefixes that mean something, so that the jump stays short.</summary>
    private static int CopyPrefixes(ArchUprobe insn, Span<byte> code)
    {
        var prefixes = new InsnPrefixes(insn.Bytes, insn.Mode);
        int length = 0;
        for (int i = 0; i < prefixes.LegacyCount; i++)
        {
            byte prefix = insn.Bytes[i];
            if (prefix is 0x64 or 0x65 or 0x67 && !insn.Bytes[(i + 1)..prefixes.LegacyCount].Contains(prefix))
            {
                code[length++] = prefix;
            }
        }

        if (prefixes.HasRex)
        {
            code[length++] = insn.Bytes[insn.OpcodeOffset - 1];
        }

        return length;
    }

    private static bool UsesRspAsBase(ArchUprobe insn, byte modrm)
    {
        bool memoryWithSib = modrm < 0xc0 && (modrm & 7) == 4;
        bool extendedBase = new InsnPrefixes(insn.Bytes, insn.Mode).HasRex && (insn.Bytes[insn.OpcodeOffset - 1] & 1) != 0;
        return memoryWithSib && !extendedBase && (insn.Bytes[insn.OpcodeOffset + 2] & 7) == RspAsBase;
    }

    // Behind the push the stack pointer is a word lower: the displacement makes up for it.
    private static void WriteRspBased(ArchUprobe insn, byte modrm, Span<byte> code, ref int length)
    {
        ReadOnlySpan<byte> tail = insn.Bytes[(insn.OpcodeOffset + 3)..];
        int displacement = unchecked(insn.Mode.WordSize() + (modrm >> 6) switch
        {
            0 => 0,
            1 => (sbyte)tail[0],
            _ => BinaryPrimitives.ReadInt32LittleEndian(tail),
        });
        code[length++] = 0xff;
        code[length++] = ToJump((modrm & 0x3f) | 0x80);
        code[length++] = insn.Bytes[insn.OpcodeOffset + 2];
        BinaryPrimitives.WriteInt32LittleEndian(code[length..], displacement);
        length += sizeof(int);
    }
}
