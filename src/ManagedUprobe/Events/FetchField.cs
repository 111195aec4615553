namespace ManagedUprobe.Events;

/// <summary>Where a store puts its argument.</summary>
/// <param name="Position">First byte in the record.</param>
/// <param name="Size">Bytes of one element.</param>
/// <param name="Count">Elements.</param>
/// <param name="Bits">Which bits are kept.</param>
internal readonly record struct FetchField(int Position, int Size, int Count, Bitfield Bits);
