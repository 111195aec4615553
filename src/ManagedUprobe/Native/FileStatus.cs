using ManagedUprobe.Primitives;

namespace ManagedUprobe.Native;

/// <summary>What of stat(2) is asked for.</summary>
/// <param name="Identity">Device and inode.</param>
/// <param name="Mode">st_mode.</param>
/// <param name="Size">Bytes.</param>
internal readonly record struct FileStatus(FileIdentity Identity, uint Mode, ulong Size)
{
    private const uint S_IFMT = 0xf000;
    private const uint S_IFREG = 0x8000;

    /// <summary>Whether it is a regular file.</summary>
    public bool IsRegular => (Mode & S_IFMT) == S_IFREG;
}
