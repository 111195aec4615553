using System;
using System.Linq;

namespace ManagedUprobe.Tests.Support;

/// <summary>The record of the vectors' fixture in a fake memory.</summary>
internal static class FixtureRecord
{
    /// <summary>Where the record stands.</summary>
    public const ulong Vaddr = 0x7fff_0000_1000;

    private const ulong Text = 0x7fff_0002_0500;

    /// <summary>Writes it, and the strings that it points to.</summary>
    public static void Map(FakeMemory memory)
    {
        memory.Map(Vaddr, [200, unchecked((byte)-5)]);
        memory.Map(Vaddr + 2, BitConverter.GetBytes((ushort)60000));
        memory.Map(Vaddr + 4, BitConverter.GetBytes((short)-300));
        memory.Map(Vaddr + 8, BitConverter.GetBytes(4000000000u));
        memory.Map(Vaddr + 12, BitConverter.GetBytes(-70000));
        memory.Map(Vaddr + 16, 0xfedcba9876543210, unchecked((ulong)-1234567890123L), Text, 0x10);
        memory.Map(Vaddr + 48, "abc'\\\"~z"u8);
        foreach ((int i, uint word) in new uint[] { 1, 0x22, 333, 0xffffffff }.Index())
        {
            memory.Map(Vaddr + 56 + (ulong)(i * 4), BitConverter.GetBytes(word));
        }

        memory.Map(Vaddr + 72, Text + 0x100, Text + 0x110, Text + 0x120, Text + 0x130);
        memory.Map(Vaddr + 104, "inline");
        memory.Map(Text, "hello world");
        foreach ((int i, string text) in new[] { "one", "two", "three", "four" }.Index())
        {
            memory.Map(Text + 0x100 + (ulong)(i * 16), text);
        }
    }
}
