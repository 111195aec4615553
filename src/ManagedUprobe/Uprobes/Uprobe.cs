using System;
using System.IO;

namespace ManagedUprobe.Uprobes;

/// <summary>A place to probe: an offset in a file. Immutable.</summary>
public sealed class Uprobe
{
    /// <summary>Names a place; nothing is looked at until it is registered.</summary>
    /// <param name="file">Path of an executable or library, in the caller's view of the file system.</param>
    /// <param name="offset">Offset of the instruction in the file, in bytes (not its virtual address).</param>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    public Uprobe(string file, ulong offset)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        File = Path.GetFullPath(file);
        Offset = offset;
    }

    /// <summary>Absolute path of the file.</summary>
    public string File { get; }

    /// <summary>File offset in bytes.</summary>
    public ulong Offset { get; }

    /// <summary>File and offset, as definitions write them.</summary>
    public override string ToString() => $"{File}:0x{Offset:x}";
}
