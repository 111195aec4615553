using System.Collections.Generic;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Uprobes;

/// <summary>All uprobes of a session by (file, offset). Tracer thread.</summary>
internal sealed class UprobesTree
{
    private readonly Dictionary<FileIdentity, SortedList<ulong, UprobeNode>> _files = [];

    /// <summary>The uprobe at a place, null when there is none.</summary>
    public UprobeNode? Find(FileIdentity file, ulong offset) =>
        _files.TryGetValue(file, out SortedList<ulong, UprobeNode>? nodes) && nodes.TryGetValue(offset, out UprobeNode? node) ? node : null;

    /// <summary>Adds a uprobe; there is none at its place.</summary>
    public void Insert(UprobeNode node)
    {
        if (!_files.TryGetValue(node.File, out SortedList<ulong, UprobeNode>? nodes))
        {
            nodes = [];
            _files.Add(node.File, nodes);
        }

        nodes.Add(node.Offset, node);
    }

    /// <summary>Takes a uprobe out.</summary>
    public void Remove(UprobeNode node)
    {
        if (_files.TryGetValue(node.File, out SortedList<ulong, UprobeNode>? nodes) && nodes.Remove(node.Offset) && nodes.Count == 0)
        {
            _ = _files.Remove(node.File);
        }
    }

    /// <summary>Whether a file has uprobes.</summary>
    public bool HasFile(FileIdentity file) => _files.ContainsKey(file);

    /// <summary>build_probe_list: appends the uprobes of a file with offset in [start, start + length).</summary>
    public void BuildProbeList(FileIdentity file, ulong start, ulong length, List<UprobeNode> found)
    {
        if (!_files.TryGetValue(file, out SortedList<ulong, UprobeNode>? nodes))
        {
            return;
        }

        for (int i = LowerBound(nodes.Keys, start); i < nodes.Count && nodes.Keys[i] - start < length; i++)
        {
            found.Add(nodes.Values[i]);
        }
    }

    private static int LowerBound(IList<ulong> keys, ulong value)
    {
        int low = 0;
        int high = keys.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (keys[middle] < value)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
