using System;
using System.Collections.Generic;
using System.IO;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;
using ManagedUprobe.ProcFs;

namespace ManagedUprobe.Uprobes;

/// <summary>
/// Sites of our own where unwinding begins and ends, in libgcc_s, LLVM's libunwind and programs that have their own copy: an unwinder that meets a replaced return
/// address stops there, and the program ends. They are placed where return addresses are replaced, and cost something only where something is thrown.
/// </summary>
internal sealed class UnwinderWatch
{
    private readonly IUnwinderFinder _finder;
    private readonly Dictionary<FileIdentity, IReadOnlyList<UnwinderSite>> _known = [];

    public UnwinderWatch(IUnwinderFinder finder) => _finder = finder;

    /// <summary>Whether an unwinder may be in a file.</summary>
    /// <param name="area">An executable mapping.</param>
    /// <param name="program">What /proc/PID/exe leads to.</param>
    public static bool MayHold(in VmArea area, string? program)
    {
        ReadOnlySpan<char> name = Path.GetFileName(area.Path.AsSpan());
        return area.Path == program
            || name.StartsWith("libgcc_s", StringComparison.Ordinal)
            || name.StartsWith("libunwind", StringComparison.Ordinal)
            || name.StartsWith("libc++abi", StringComparison.Ordinal);
    }

    /// <summary>The watched instructions of a file; looked for once.</summary>
    /// <param name="area">A mapping of it.</param>
    /// <param name="file">The file as stat identifies it.</param>
    /// <param name="tid">A task that has the mapping.</param>
    public IReadOnlyList<UnwinderSite> FindSites(in VmArea area, FileIdentity file, int tid)
    {
        if (!_known.TryGetValue(file, out IReadOnlyList<UnwinderSite>? sites))
        {
            string path = FileAliases.PathOf(area, tid);
            sites = Libc.Stat(path, out FileStat status) == 0 && status.Identity == file ? _finder.Find(path) : [];
            _known.Add(file, sites);
        }

        return sites;
    }
}
