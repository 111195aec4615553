using System.Collections.Generic;
using System.Globalization;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;
using ManagedUprobe.ProcFs;

namespace ManagedUprobe.Uprobes;

/// <summary>
/// Says which file a mapping is of, as stat(2) identifies it. On overlayfs and btrfs the device and inode of /proc/PID/maps and those of stat differ.
/// </summary>
internal sealed class FileAliases
{
    private readonly Dictionary<FileIdentity, FileIdentity> _known = [];

    /// <summary>Identity of the mapped file; cached by what the kernel shows for it.</summary>
    /// <param name="area">A file mapping.</param>
    /// <param name="tid">A task that has it: paths are those of its root.</param>
    public FileIdentity Resolve(in VmArea area, int tid)
    {
        if (_known.TryGetValue(area.File, out FileIdentity identity))
        {
            return identity;
        }

        // A deleted or replaced file keeps the identity that the kernel shows: its path leads to another file, or to none.
        identity = !area.IsDeleted && Libc.Stat(PathOf(area, tid), out FileStat status) == 0 ? status.Identity : area.File;
        _known[area.File] = identity;
        return identity;
    }

    /// <summary>A path by which this process can open the mapped file, if it has not been deleted or replaced.</summary>
    public static string PathOf(in VmArea area, int tid) =>
        string.Create(CultureInfo.InvariantCulture, $"/proc/{tid}/root{area.Path}");
}
