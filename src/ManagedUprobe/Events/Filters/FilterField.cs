namespace ManagedUprobe.Events.Filters;

/// <summary>A field that a filter can name.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="Offset">First byte in the record (the kernel's layout); 0 when it is not in there.</param>
/// <param name="Size">Bytes of all its elements; 0 when it is not in the record.</param>
/// <param name="IsSigned">Whether it is compared with its sign.</param>
internal readonly record struct FilterField(string Name, FilterFieldKind Kind, int Offset, int Size, bool IsSigned)
{
    /// <summary>Whether its values are texts.</summary>
    public bool IsString => Kind is FilterFieldKind.String or FilterFieldKind.Comm;
}
