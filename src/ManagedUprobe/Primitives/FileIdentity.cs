namespace ManagedUprobe.Primitives;

/// <summary>What a uprobe belongs to: a file by device and inode, never by path.</summary>
/// <param name="Device">st_dev as stat(2) gives it (makedev encoding).</param>
/// <param name="Inode">Inode number.</param>
public readonly record struct FileIdentity(ulong Device, ulong Inode)
{
    /// <summary>makedev(3): the encoding of st_dev from the numbers that /proc/PID/maps shows.</summary>
    public static ulong MakeDevice(uint major, uint minor) =>
        ((ulong)(major & 0xfffff000) << 32) | ((major & 0xfff) << 8) | ((ulong)(minor & 0xffffff00) << 12) | (minor & 0xff);
}
