using System;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Arch;

/// <summary>A stretch of machine code.</summary>
/// <param name="Vaddr">Its address.</param>
/// <param name="Code">The code, all of it.</param>
/// <param name="Mode">The mode that it runs in.</param>
internal sealed record CodePart(ulong Vaddr, ReadOnlyMemory<byte> Code, ExecutionMode Mode = ExecutionMode.Bits64)
{
    /// <summary>Whether an address lies in it.</summary>
    public bool Contains(ulong vaddr) => vaddr >= Vaddr && vaddr - Vaddr < (ulong)Code.Length;
}
