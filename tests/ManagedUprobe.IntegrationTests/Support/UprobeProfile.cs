using System;
using System.Collections.Generic;
using System.Globalization;

namespace ManagedUprobe.IntegrationTests.Support;

/// <summary>Lines of <c>uprobe_profile</c>: path, event, hits.</summary>
internal static class UprobeProfile
{
    /// <summary>Hits by event name; only lines of the wanted paths, because the kernel shows everybody's.</summary>
    public static IReadOnlyDictionary<string, long> Parse(string text, Func<string, bool> wanted)
    {
        var hits = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (string line in text.Split('\n'))
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length == 3 && line.StartsWith("  ", StringComparison.Ordinal) && wanted(fields[0])
                && long.TryParse(fields[2], CultureInfo.InvariantCulture, out long count))
            {
                hits.Add(fields[1], count);
            }
        }

        return hits;
    }
}
