using System;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Tests.Ptrace.Restart;

/// <summary>A page of memory at a fixed address; everything else cannot be reached.</summary>
internal sealed class StackMemory : ITraceeMemory
{
    public const ulong Base = 0x7ffe_0000_0000;

    public byte[] Bytes { get; } = new byte[4096];

    public bool ReadOnly { get; init; }

    public bool TryRead(ulong vaddr, Span<byte> buffer)
    {
        if (!Holds(vaddr, buffer.Length))
        {
            return false;
        }

        Bytes.AsSpan((int)(vaddr - Base), buffer.Length).CopyTo(buffer);
        return true;
    }

    public int ReadUpTo(ulong vaddr, Span<byte> buffer) => TryRead(vaddr, buffer) ? buffer.Length : 0;

    public bool TryWrite(ulong vaddr, ReadOnlySpan<byte> bytes)
    {
        if (ReadOnly || !Holds(vaddr, bytes.Length))
        {
            return false;
        }

        bytes.CopyTo(Bytes.AsSpan((int)(vaddr - Base)));
        return true;
    }

    private static bool Holds(ulong vaddr, int length) =>
        vaddr >= Base && vaddr - Base + (ulong)length <= 4096;
}
