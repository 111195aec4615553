namespace ManagedUprobe.Events;

/// <summary>Bits of a container that an argument shows.</summary>
/// <param name="Offset">Lowest bit.</param>
/// <param name="Width">Number of bits; 0 when the argument is no bitfield.</param>
internal readonly record struct Bitfield(byte Offset, byte Width)
{
    /// <summary>The bits of <paramref name="container"/> (all of them when this is no bitfield).</summary>
    public ulong Extract(ulong container) =>
        Width is 0 or 64 ? container : (container >> Offset) & ((1UL << Width) - 1);
}
