using System;
using ManagedUprobe.Events;
using ManagedUprobe.Primitives;
using ManagedUprobe.Tracing.Files;
using Mono.Unix.Native;

namespace ManagedUprobe.Tracing;

/// <summary>The tree of files over the state of one trace array.</summary>
internal sealed class TraceTree
{
    private readonly TraceFolder _root;

    /// <summary>Creates the tree.</summary>
    public TraceTree(TraceArray array) => _root = new TraceFolder("", () =>
    [
        new EventListFile("uprobe_events", array, EventFile.UprobeEvents),
        new EventListFile("dynamic_events", array, EventFile.DynamicEvents),
        new ErrorLogFile(array.ErrorLog),
        EventsTree.Create(array),
    ]);

    /// <summary>Finds a file or folder; empty parts of the path do not count.</summary>
    /// <param name="path">Path from the root, one byte a character.</param>
    /// <exception cref="UprobeException">ENOENT, ENOTDIR.</exception>
    public TraceNode Find(string path)
    {
        TraceNode node = _root;
        foreach (string part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (node is not TraceFolder folder)
            {
                throw new UprobeException(Errno.ENOTDIR, $"{path}: {node.Name} is not a folder");
            }

            node = folder.Find(part) ?? throw new UprobeException(Errno.ENOENT, $"{path}: there is no such file");
        }

        return node;
    }

    /// <summary>Finds a file.</summary>
    /// <exception cref="UprobeException">ENOENT, ENOTDIR, EISDIR.</exception>
    public TraceFile File(string path) =>
        Find(path) as TraceFile ?? throw new UprobeException(Errno.EISDIR, $"{path} is a folder");
}
