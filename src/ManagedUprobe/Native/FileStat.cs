using ManagedUprobe.Primitives;

namespace ManagedUprobe.Native;

/// <summary>What stat(2) says about a file.</summary>
/// <param name="Identity">Device and inode; the device is encoded as makedev does, comparable with /proc/PID/maps.</param>
/// <param name="Mode">Type and permissions (st_mode).</param>
/// <param name="Size">Bytes.</param>
internal readonly record struct FileStat(FileIdentity Identity, uint Mode, long Size)
{
    /// <summary>When the file was changed last, contents or attributes (st_ctime, nanoseconds).</summary>
    public long ChangeTime { get; init; }

    private const uint S_IFMT = 0xf000;
    private const uint S_IFREG = 0x8000;
    private const uint S_IFDIR = 0x4000;

    /// <summary>Whether it is a regular file.</summary>
    public bool IsRegular => (Mode & S_IFMT) == S_IFREG;

    /// <summary>Whether it is a directory.</summary>
    public bool IsDirectory => (Mode & S_IFMT) == S_IFDIR;
}
