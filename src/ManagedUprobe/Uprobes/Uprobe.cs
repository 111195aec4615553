using System;
using System.IO;

namespace ManagedUprobe.Uprobes;

/// <summary>A place to probe: an offset in a file. Immutable.</summary>
public sealed class Uprobe
{
    /// <summary>Names a place; nothing is looked at until it is registered.</summary>
    /// <param name="file">Path of an executable or library, in the caller's view of the file system.</param>
    /// <param name="offset">Offset of the instruction in the file, in bytes (not its virtual address).</param>
    /// <param name="refCtrOffset">
    /// Offset in the file of a 16-bit counter that is incremented in each process for each place where the probe is armed, and decremented when it is
    /// not any more (the semaphore of a USDT marker); 0 when there is none.
    /// </param>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    public Uprobe(string file, ulong offset, ulong refCtrOffset = 0)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        File = Path.GetFullPath(file);
        Offset = offset;
        RefCtrOffset = refCtrOffset;
    }

    /// <summary>Absolute path of the file.</summary>
    public string File { get; }

    /// <summary>File offset in bytes.</summary>
    public ulong Offset { get; }

    /// <summary>File offset of the reference counter in bytes, 0 without one.</summary>
    public ulong RefCtrOffset { get; }

    /// <summary>File and offset, as definitions write them.</summary>
    public override string ToString() => $"{File}:0x{Offset:x}";
}
