using System.Runtime.InteropServices;

namespace ManagedUprobe.Native;

/// <summary>One changed byte, as the watcher's machine code reads it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct WatchEntry
{
    /// <summary>Address in the target.</summary>
    public ulong vaddr;

    /// <summary>The first eight bytes of the displaced instruction, zeros behind it.</summary>
    public ulong original;

    /// <summary>Ones where <see cref="original"/> must be in memory: the bytes behind the first.</summary>
    public ulong mask;

    /// <summary>Descriptor of the target's memory.</summary>
    public int fd;

    /// <summary>1 when the byte is changed, or about to be; 2: and it is to be put back last, a while after all others.</summary>
    public int armed;
}
