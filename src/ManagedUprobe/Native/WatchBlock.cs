using System.Runtime.InteropServices;

namespace ManagedUprobe.Native;

/// <summary>What the watcher's machine code is called with.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct WatchBlock
{
    /// <summary>The clone's flags.</summary>
    public ulong CloneFlags;

    /// <summary>Upper end of its stack, which is never used.</summary>
    public ulong StackTop;

    /// <summary>Process of the tracer thread.</summary>
    public ulong TracerPid;

    /// <summary>The tracer thread.</summary>
    public ulong TracerTid;

    /// <summary>Signals to wait for.</summary>
    public ulong Signals;

    /// <summary>Where memory of a target is read to.</summary>
    public ulong Buffer;

    /// <summary>Entries in use, free ones among them.</summary>
    public ulong Count;

    /// <summary>The entries.</summary>
    public WatchEntry* Entries;
}
