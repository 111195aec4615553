using System;
using System.Collections.Generic;

namespace ManagedUprobe.Tracing;

/// <summary>A folder, whose entries are made when somebody looks.</summary>
/// <param name="name">Name in its folder.</param>
/// <param name="entries">Makes the entries, in the order in which they are listed.</param>
/// <param name="mode">Permission bits, as the kernel's folder has them.</param>
internal sealed class TraceFolder(string name, Func<IEnumerable<TraceNode>> entries, int mode = TraceFolder.OwnersAndGroups) : TraceNode(name, mode)
{
    /// <summary>Mode of the folders, those of events apart.</summary>
    public const int OwnersAndGroups = 0x1e8; // 0750

    /// <summary>Mode of the folders of events.</summary>
    public const int Everybodys = 0x1ed; // 0755

    /// <summary>What is in it now.</summary>
    public IEnumerable<TraceNode> Entries => entries();

    /// <summary>The entry of that name (the first, should there be two), or null.</summary>
    public TraceNode? Find(string entry)
    {
        foreach (TraceNode node in Entries)
        {
            if (node.Name == entry)
            {
                return node;
            }
        }

        return null;
    }
}
