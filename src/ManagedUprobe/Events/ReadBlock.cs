namespace ManagedUprobe.Events;

/// <summary>Memory that was read.</summary>
/// <param name="Start">Address of its first byte.</param>
/// <param name="Length">Bytes that could be read.</param>
internal readonly record struct ReadBlock(ulong Start, int Length)
{
    /// <summary>Whether a byte is in it.</summary>
    public bool Holds(ulong vaddr) => unchecked(vaddr - Start) < (ulong)Length;
}
