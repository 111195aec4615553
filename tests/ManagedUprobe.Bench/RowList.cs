using System;
using System.Collections.Generic;
using System.Linq;

namespace ManagedUprobe.Bench;

/// <summary>All rows, and the choice among them.</summary>
internal static class RowList
{
    public static IReadOnlyList<BenchRow> All(Workplace place) =>
    [
        .. FloorRows.All(place),
        .. TrapRows.All(place),
        .. TailRows.All(place),
        .. KernelRows.All(place),
        .. PeerRows.All(place),
        .. ScaleRows.All(place),
        .. StartRows.All(place),
    ];

    /// <summary>Whether a name from the command line means the row; a * at its end stands for anything.</summary>
    public static bool Matches(BenchRow row, string name) => name.EndsWith('*')
        ? row.Name.StartsWith(name[..^1], StringComparison.Ordinal)
        : row.Name == name;

    /// <summary>The rows named, with those that they are compared with; all when none is named.</summary>
    public static IReadOnlyList<BenchRow> Select(IReadOnlyList<BenchRow> all, IReadOnlyList<string> names)
    {
        if (names.Count == 0)
        {
            return all;
        }

        var chosen = all.Where(row => names.Any(name => Matches(row, name))).ToList();
        var of = chosen.Select(row => row.Of).ToHashSet(StringComparer.Ordinal);
        return [.. all.Where(row => chosen.Contains(row) || of.Contains(row.Name))];
    }
}
