using System;
using System.Collections.Generic;
using System.IO;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;
using ManagedUprobe.ProcFs;

namespace ManagedUprobe.Uprobes;

/// <summary>
/// Sites of our own where the dynamic linker of a 32-bit program tells debuggers that it has mapped something: before constructors run, but behind the resolvers of IFUNCs.
/// </summary>
/// <remarks>
/// 32-bit programs call the kernel through the vDSO, which is no file, by sysenter or int 0x80, which have no slot (<see cref="SyscallWatch"/> does not see them). Stopping at every call instead
/// would slow down all of them. Not seen: what a program maps by itself.
/// </remarks>
internal sealed class LinkerWatch
{
    private readonly IUnwinderFinder _finder;
    private readonly Dictionary<FileIdentity, IReadOnlyList<UnwinderSite>> _known = [];

    public LinkerWatch(IUnwinderFinder finder) => _finder = finder;

    /// <summary>The watched instructions of a file; looked for once.</summary>
    /// <param name="area">A mapping of it.</param>
    /// <param name="file">The file as stat identifies it.</param>
    /// <param name="tid">A task that has the mapping.</param>
    public IReadOnlyList<UnwinderSite> FindSites(in VmArea area, FileIdentity file, int tid)
    {
        if (!_known.TryGetValue(file, out IReadOnlyList<UnwinderSite>? sites))
        {
            string path = FileAliases.PathOf(area, tid);
            bool isLinker = Path.GetFileName(area.Path.AsSpan()).StartsWith("ld", StringComparison.Ordinal);
            sites = isLinker && Libc.Stat(path, out FileStat status) == 0 && status.Identity == file ? _finder.FindNotice(path) : [];
            _known.Add(file, sites);
        }

        return sites;
    }
}
