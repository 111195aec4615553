using System;
using System.IO;
using System.Runtime.InteropServices;
using ManagedUprobe.Native;

namespace ManagedUprobe.Tests.Arch;

/// <summary>State of the oracle's child after a run.</summary>
internal sealed class OracleResult
{
    public const int SigTrap = 5;
    private const int SiKernel = 0x80;

    public UserRegs Regs;

    public int Signal { get; private init; }

    public int Code { get; private init; }

    public ulong Address { get; private init; }

    /// <summary>Offset + 1 in the XSAVE area of the first byte that differs from the native run; 0 when none does.</summary>
    public int VectorDifference { get; private init; }

    public required FakeArena Memory { get; init; }

    public bool Faulted => Signal != SigTrap;

    public static OracleResult Read(BinaryReader reader, OracleLayout layout)
    {
        int signal = reader.ReadInt32();
        int code = reader.ReadInt32();
        ulong address = reader.ReadUInt64();
        UserRegs regs = default;
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(new Span<UserRegs>(ref regs)));
        reader.ReadUInt32();
        int difference = reader.ReadInt32();
        int changes = reader.ReadInt32();
        reader.ReadUInt32();
        byte[] arena = [.. layout.Arena];
        for (int i = 0; i < changes; i++)
        {
            int offset = reader.ReadInt32();
            arena[offset] = (byte)reader.ReadInt32();
        }

        if (signal == SigTrap && code == SiKernel)
        {
            regs.rip--;
        }

        return new OracleResult
        {
            Signal = signal,
            Code = code,
            Address = address,
            Regs = regs,
            VectorDifference = difference,
            Memory = new FakeArena(layout.ArenaVaddr, arena),
        };
    }
}
