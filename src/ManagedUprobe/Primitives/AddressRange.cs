namespace ManagedUprobe.Primitives;

/// <summary>A half-open range of addresses.</summary>
/// <param name="Start">First address.</param>
/// <param name="Length">Bytes.</param>
internal readonly record struct AddressRange(ulong Start, ulong Length)
{
    /// <summary>Whether <paramref name="vaddr"/> lies in the range.</summary>
    public bool Contains(ulong vaddr) => vaddr >= Start && vaddr - Start < Length;
}
