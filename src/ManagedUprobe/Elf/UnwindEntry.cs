namespace ManagedUprobe.Elf;

/// <summary>What the tables for unwinding say about a stretch of code, mostly a whole function.</summary>
/// <param name="Vaddr">Its first address.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="HasLandingPads">Whether it has a table of places where an exception may land (an LSDA).</param>
internal readonly record struct UnwindEntry(ulong Vaddr, ulong Size, bool HasLandingPads)
{
    /// <summary>Whether an address lies in it.</summary>
    public bool Contains(ulong vaddr) => vaddr >= Vaddr && vaddr - Vaddr < Size;
}
