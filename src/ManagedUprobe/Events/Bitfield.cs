namespace ManagedUprobe.Events;

/// <summary>Bits of a container that an argument shows, taken as the kernel takes them: shifted up to the top and down again.</summary>
/// <param name="LeftShift">By how much up.</param>
/// <param name="RightShift">By how much down.</param>
/// <param name="Size">Bytes of the container; 0 when the argument is no bitfield.</param>
internal readonly record struct Bitfield(byte LeftShift, byte RightShift, byte Size)
{
    /// <summary>Whether the argument is no bitfield.</summary>
    public bool IsNone => Size == 0;

    /// <summary>
    /// Whether the bits fit the container. The kernel adds the two numbers in 64 bits, so a sum that wraps fits; its shifts are those of the
    /// processor then.
    /// </summary>
    public static bool TryCreate(ulong width, ulong offset, int size, out Bitfield bits)
    {
        ulong all = (ulong)size * 8;
        ulong end = unchecked(width + offset);
        bits = unchecked(new Bitfield((byte)(all - end), (byte)(all - width), (byte)size));
        return width != 0 && end <= all;
    }

    /// <summary>The bits of <paramref name="container"/> (all of them when this is no bitfield).</summary>
    public ulong Extract(ulong container) => unchecked(Size switch
    {
        0 => container,
        1 => (byte)((uint)(byte)((uint)container << LeftShift) >> RightShift),
        2 => (ushort)((uint)(ushort)((uint)container << LeftShift) >> RightShift),
        4 => (uint)container << LeftShift >> RightShift,
        _ => container << LeftShift >> RightShift,
    });
}
