namespace ManagedUprobe.Session.Inspecting;

/// <summary>What a file offers for probing.</summary>
internal enum ProbeableKind
{
    /// <summary>A function.</summary>
    Function,

    /// <summary>An IFUNC: the address is that of its resolver, not of the function that runs.</summary>
    IndirectFunction,

    /// <summary>A USDT marker.</summary>
    Marker,
}
