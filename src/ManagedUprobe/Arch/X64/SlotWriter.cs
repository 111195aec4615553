using System;
using System.Buffers.Binary;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Arch.X64;

/// <summary>Writes the few machine instructions that slots are made of, at their final address.</summary>
internal ref struct SlotWriter
{
    /// <summary>The reason that goes with <see cref="TooFar"/>.</summary>
    public const string TooFarReason = "the slot is more than 2 GB away from what the instruction addresses";

    private readonly Span<byte> _code;
    private readonly ulong _slotVaddr;
    private readonly ExecutionMode _mode;
    private bool _tooFar;

    public SlotWriter(Span<byte> code, ulong slotVaddr, ExecutionMode mode = ExecutionMode.Bits64)
    {
        _code = code;
        _slotVaddr = slotVaddr;
        _mode = mode;
    }

    /// <summary>Bytes written so far.</summary>
    public int Length { get; private set; }

    /// <summary>Some address was more than 2 GB away: what was written is useless.</summary>
    public readonly bool TooFar => _tooFar;

    public void Byte(int value) => _code[Length++] = (byte)value;

    public void Bytes(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_code[Length..]);
        Length += bytes.Length;
    }

    public void Int32(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_code[Length..], value);
        Length += sizeof(int);
    }

    public void UInt64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_code[Length..], value);
        Length += sizeof(ulong);
    }

    /// <summary>A 32-bit distance from the end of an instruction, which is <paramref name="trailing"/> bytes
    /// behind it.</summary>
    public void Relative(ulong targetVaddr, int trailing = 0)
    {
        ulong endVaddr = unchecked(_slotVaddr + (ulong)(Length + sizeof(int) + trailing));
        long distance = unchecked((long)(targetVaddr - endVaddr));
        _tooFar |= _mode == ExecutionMode.Bits64 && distance != unchecked((int)distance);
        Int32(unchecked((int)distance));
    }

    /// <summary>The same for a 32-bit address (prefix 67): only the lower half counts, so everything is within
    /// reach.</summary>
    public void Relative32(ulong targetVaddr, int trailing)
    {
        uint end = unchecked((uint)(_slotVaddr + (ulong)(Length + sizeof(int) + trailing)));
        Int32(unchecked((int)((uint)targetVaddr - end)));
    }

    public void Jump(ulong targetVaddr)
    {
        Byte(0xe9);
        Relative(targetVaddr);
    }
}
