namespace ManagedUprobe.Events;

/// <summary>Where a definition puts its probe.</summary>
/// <param name="Path">As written, or as a bare name was resolved (one byte a character).</param>
/// <param name="File">What the path names.</param>
/// <param name="Offset">File offset.</param>
/// <param name="RefCtrOffset">File offset of the reference counter, 0 without one.</param>
/// <param name="IsReturn">Whether it fires at the return.</param>
/// <param name="Symbol">The symbol that stood for the offset, else null.</param>
internal readonly record struct ProbePlace(
    string Path,
    ProbeFile File,
    ulong Offset,
    ulong RefCtrOffset,
    bool IsReturn,
    ResolvedSymbol? Symbol = null);
