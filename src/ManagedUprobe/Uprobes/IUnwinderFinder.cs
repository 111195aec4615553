using System.Collections.Generic;

namespace ManagedUprobe.Uprobes;

/// <summary>Finds unwinders in files.</summary>
internal interface IUnwinderFinder
{
    /// <summary>Where unwinding begins and ends in a file; empty when it has no unwinder, or cannot be read.</summary>
    IReadOnlyList<UnwinderSite> Find(string path);
}
