using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Command.Tracing;

/// <summary>Reads the definitions of -e and -f, and tells to which --filter goes.</summary>
internal static class DefinitionFiles
{
    private const int NoPlace = -1;

    /// <summary>All definitions, one each, in the order given.</summary>
    /// <exception cref="UprobeException">A file cannot be read, or a filter is for no definition.</exception>
    public static List<FilteredDefinition> Read(IReadOnlyList<DefinitionSource> sources)
    {
        var definitions = new List<FilteredDefinition>();
        int unfiltered = 0;
        foreach (DefinitionSource source in sources)
        {
            if (source.Kind == DefinitionKind.Event)
            {
                definitions.Add(new FilteredDefinition(source.Text, Filter: null));
            }
            else if (source.Kind == DefinitionKind.File)
            {
                string text = Encoding.UTF8.GetString(InputFile.Read(source.Text));
                definitions.AddRange(text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                    .Select(line => new FilteredDefinition(line, Filter: null)));
            }
            else
            {
                Filter(definitions, ref unfiltered, source.Text);
            }
        }

        return definitions;
    }

    private static void Filter(List<FilteredDefinition> definitions, ref int unfiltered, string filter)
    {
        if (unfiltered == definitions.Count)
        {
            throw new UprobeException(
                Errno.EINVAL, "There is no probe for this filter: it is for those before it that have none yet", "--filter " + filter, NoPlace);
        }

        for (; unfiltered < definitions.Count; unfiltered++)
        {
            definitions[unfiltered] = definitions[unfiltered] with { Filter = filter };
        }
    }
}
