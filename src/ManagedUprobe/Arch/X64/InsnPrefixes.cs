using System;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Arch.X64;

/// <summary>The prefixes of an instruction, found as the kernel's decoder finds them.</summary>
internal readonly ref struct InsnPrefixes
{
    private readonly ReadOnlySpan<byte> _bytes;

    /// <summary>Reads the prefixes of the padded <paramref name="bytes"/>.</summary>
    public InsnPrefixes(ReadOnlySpan<byte> bytes, ExecutionMode mode = ExecutionMode.Bits64)
    {
        _bytes = bytes;
        int at = 0;
        while (at < bytes.Length && IsLegacy(bytes[at]))
        {
            at++;
        }

        LegacyCount = at;
        if (mode == ExecutionMode.Bits64 && at < bytes.Length && (bytes[at] & 0xf0) == 0x40)
        {
            at++;
            HasRex = true;
        }

        OpcodeOffset = at;
        OpcodeByteOffset = at + (mode == ExecutionMode.Bits64 || IsVectorIn32(bytes, at) ? VectorPrefixLength(bytes, at) : 0);
    }

    /// <summary>Legacy prefixes, repeated ones included; 15 or more leave no room for an instruction.</summary>
    public int LegacyCount { get; }

    public bool HasRex { get; }

    /// <summary>Behind legacy prefixes and REX.</summary>
    public int OpcodeOffset { get; }

    /// <summary>Behind VEX, EVEX and REX2 too: the byte that the kernel looks up in its table.</summary>
    public int OpcodeByteOffset { get; }

    /// <summary>A VEX or EVEX (or REX2) prefix is there.</summary>
    public bool IsVector => OpcodeByteOffset != OpcodeOffset;

    /// <summary>A REX prefix that another prefix follows: the CPU ignores it, decoders disagree.</summary>
    public bool HasStrayRex => HasRex && OpcodeOffset < _bytes.Length
        && (IsLegacy(_bytes[OpcodeOffset]) || (_bytes[OpcodeOffset] & 0xf0) == 0x40);

    public bool Has(byte prefix) => _bytes[..LegacyCount].Contains(prefix);

    /// <summary>The byte that the kernel looks up; 0 when there is none.</summary>
    public byte OpcodeByte => OpcodeByteOffset < _bytes.Length ? _bytes[OpcodeByteOffset] : (byte)0;

    /// <summary>The byte behind <see cref="OpcodeByte"/>: second opcode byte or ModRM; 0 when there is
    /// none.</summary>
    public byte NextByte => OpcodeByteOffset + 1 < _bytes.Length ? _bytes[OpcodeByteOffset + 1] : (byte)0;

    private static bool IsLegacy(byte value) => value
        is 0x26 or 0x2e or 0x36 or 0x3e or 0x64 or 0x65 or 0x66 or 0x67 or 0xf0 or 0xf2 or 0xf3;

    // Elsewhere these bytes are les, lds, bound and aad: with an operand in memory, or never a prefix.
    private static bool IsVectorIn32(ReadOnlySpan<byte> bytes, int at) =>
        at + 1 < bytes.Length && bytes[at] != 0xd5 && bytes[at + 1] >= 0xc0;

    private static int VectorPrefixLength(ReadOnlySpan<byte> bytes, int at) => (at < bytes.Length ? bytes[at] : (byte)0) switch
    {
        0xc5 or 0xd5 => 2,
        0xc4 => 3,
        0x62 => 4,
        _ => 0,
    };
}
