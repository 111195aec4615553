namespace ManagedUprobe.Elf;

/// <summary>A half-open range of file offsets.</summary>
/// <param name="Offset">First byte.</param>
/// <param name="Size">Bytes.</param>
internal readonly record struct FileRange(ulong Offset, ulong Size)
{
    /// <summary>Whether <paramref name="offset"/> lies in the range.</summary>
    public bool Contains(ulong offset) => offset >= Offset && offset - Offset < Size;
}
