using System;
using System.Buffers.Binary;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Uprobes;

/// <summary>A word on a thread's stack: where a return address is.</summary>
internal static class StackWord
{
    public static bool TryRead(UprobeTask task, ulong vaddr, out ulong word)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        bytes.Clear();
        bool read = task.Mm.Memory.TryRead(vaddr, bytes[..task.Mm.Mode.WordSize()]);
        word = read ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : 0;
        return read;
    }

    public static bool TryWrite(UprobeTask task, ulong vaddr, ulong word)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, word);
        return task.Mm.Memory.TryWrite(vaddr, bytes[..task.Mm.Mode.WordSize()]);
    }
}
