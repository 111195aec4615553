using System.Collections.Generic;

namespace ManagedUprobe.Uprobes;

/// <summary>Finds unwinders in files.</summary>
internal interface IUnwinderFinder
{
    /// <summary>Where unwinding begins and ends in a file; empty when it has no unwinder, or cannot be read.</summary>
    IReadOnlyList<UnwinderSite> Find(string path);

    /// <summary>The function that a dynamic linker calls when it has changed what is mapped (<c>_dl_debug_state</c>); none in other files.</summary>
    /// <param name="path">The file.</param>
    IReadOnlyList<UnwinderSite> FindNotice(string path);
}
