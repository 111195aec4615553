using System;

namespace ManagedUprobe.Arch;

/// <summary>A stretch of machine code.</summary>
/// <param name="Vaddr">Its address.</param>
/// <param name="Code">The code, all of it.</param>
internal sealed record CodePart(ulong Vaddr, ReadOnlyMemory<byte> Code)
{
    /// <summary>Whether an address lies in it.</summary>
    public bool Contains(ulong vaddr) => vaddr >= Vaddr && vaddr - Vaddr < (ulong)Code.Length;
}
