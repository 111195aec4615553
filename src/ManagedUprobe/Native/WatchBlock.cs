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

    /// <summary>Set by the watcher when it watches.</summary>
    public ulong Ready;

    /// <summary>Path of the program that the watcher executes in the end; 0: none.</summary>
    public ulong ExecPath;

    /// <summary>Its arguments.</summary>
    public ulong ExecArguments;

    /// <summary>Its environment.</summary>
    public ulong ExecEnvironment;

    /// <summary>Entries in use, free ones among them.</summary>
    public ulong Count;

    /// <summary>The entries.</summary>
    public WatchEntry* Entries;
}
