using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ManagedUprobe.Events;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Tracing;

/// <summary>
/// The kernel's event files as a tree: <c>uprobe_events</c>, <c>events/GROUP/EVENT/enable</c>, <c>trace</c> and so on, with the texts that the kernel's
/// have and the effects that writing to those has. Paths count from the root of the tree.
/// </summary>
/// <remarks>Safe for several threads. Not to be used in a handler of a probe: enabling waits for the thread that handlers run on.</remarks>
public sealed class TraceFs
{
    private readonly TraceTree _tree;

    /// <summary>Creates a tree without processes: events can be defined, looked at and enabled, and are never hit.</summary>
    public TraceFs()
        : this(new TraceArray(new EventTable(new HostProbeFiles()), new NoProcesses()) { IsOver = true })
    {
    }

    internal TraceFs(TraceArray array)
    {
        Array = array;
        _ = array.StartBuffer();
        _tree = new TraceTree(array);
    }

    internal TraceArray Array { get; }

    /// <summary>All bytes of a file now.</summary>
    /// <exception cref="UprobeException">ENOENT, ENOTDIR, EISDIR: there is no such file. EINVAL: it cannot be read.</exception>
    public byte[] ReadBytes(string path) => KernelText.ToBytes(Text(path));

    /// <summary>The text of a file now; bytes that are not UTF-8 become U+FFFD.</summary>
    /// <exception cref="UprobeException">As for <see cref="ReadBytes"/>.</exception>
    public string ReadText(string path) => KernelText.ToUnicode(Text(path));

    /// <summary>
    /// Opens a file for reading. Reading trace_pipe consumes lines and waits for more; it ends when nothing is traced any longer, or when tracing_on is 0 and
    /// something was read before.
    /// </summary>
    /// <returns>A stream that the caller disposes.</returns>
    /// <exception cref="UprobeException">As for <see cref="ReadBytes"/>; EBUSY: trace_pipe is being read already.</exception>
    public Stream OpenRead(string path) => _tree.File(KernelText.FromUnicode(path)).OpenRead();

    /// <summary>Writes a text, as <c>echo -n TEXT &gt; PATH</c> (or <c>&gt;&gt;</c>) in a shell.</summary>
    /// <param name="path">The file.</param>
    /// <param name="text">The text; written as UTF-8.</param>
    /// <param name="append">Whether the file is opened without O_TRUNC. Truncating uprobe_events deletes all events, truncating trace clears the buffer.</param>
    /// <exception cref="UprobeException">
    /// The errno of the open or write that failed. What the commands before the wrong one of several did stays done.
    /// </exception>
    public void WriteText(string path, string text, bool append = false) =>
        WriteBytes(path, KernelText.ToBytes(KernelText.FromUnicode(text)), append);

    /// <summary>As <see cref="WriteText"/>, for bytes.</summary>
    /// <exception cref="UprobeException">As for <see cref="WriteText"/>.</exception>
    public void WriteBytes(string path, ReadOnlySpan<byte> bytes, bool append = false)
    {
        TraceFile file = _tree.File(KernelText.FromUnicode(path));
        if (!append)
        {
            file.Truncate();
        }

        while (!bytes.IsEmpty)
        {
            bytes = bytes[file.Write(bytes)..];
        }
    }

    /// <summary>Names in a folder.</summary>
    /// <exception cref="UprobeException">ENOENT, ENOTDIR: there is no such folder.</exception>
    public IReadOnlyList<string> List(string path) => _tree.Find(KernelText.FromUnicode(path)) is TraceFolder folder
        ? folder.Entries.Select(entry => KernelText.ToUnicode(entry.Name)).Distinct(StringComparer.Ordinal).ToList()
        : throw new UprobeException(Errno.ENOTDIR, $"{path} is not a folder");

    /// <summary>Whether there is a file or folder of that path now.</summary>
    public bool Exists(string path)
    {
        try
        {
            _ = _tree.Find(KernelText.FromUnicode(path));
            return true;
        }
        catch (UprobeException)
        {
            return false;
        }
    }

    /// <summary>Whether a path is that of a folder now.</summary>
    public bool IsFolder(string path) => Exists(path) && _tree.Find(KernelText.FromUnicode(path)) is TraceFolder;

    private string Text(string path) => _tree.File(KernelText.FromUnicode(path)).Read();
}
