using System;
using System.Buffers.Binary;

namespace ManagedUprobe.Tests.Arch;

/// <summary>Where site, slot and data lie, and what the data are before each run.</summary>
internal sealed class OracleLayout
{
    public const int ArenaSize = 0x8000;
    private const ulong SiteAt = 0x1800;

    public OracleLayout(ulong baseVaddr, int seed)
    {
        CodeVaddr = baseVaddr;
        SlotVaddr = baseVaddr + 0x1000_0000;
        ArenaVaddr = baseVaddr + 0x2000_0000;
        var random = new Random(seed);
        random.NextBytes(Arena);
        for (int at = 0; at < ArenaSize; at += sizeof(ulong))
        {
            // Words that returns and calls through memory can use: code that is int3, data, small numbers.
            ulong? word = random.Next(4) switch
            {
                0 => CodeVaddr + (ulong)random.Next(0x1000),
                1 => ArenaVaddr + (ulong)random.Next(ArenaSize),
                2 => (ulong)random.Next(0x100),
                _ => null,
            };
            if (word is not null)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(Arena.AsSpan(at), word.Value);
            }
        }
    }

    public ulong CodeVaddr { get; }

    public ulong SiteVaddr => CodeVaddr + SiteAt;

    public ulong SlotVaddr { get; }

    public ulong ArenaVaddr { get; }

    public byte[] Arena { get; } = new byte[ArenaSize];
}
