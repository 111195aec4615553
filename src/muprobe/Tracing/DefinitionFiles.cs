using System;
using System.Collections.Generic;
using System.Text;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Command.Tracing;

/// <summary>Reads the definitions of -e and -f.</summary>
internal static class DefinitionFiles
{
    /// <summary>All definitions, one each, in the order given.</summary>
    /// <exception cref="UprobeException">A file cannot be read.</exception>
    public static List<string> Read(IReadOnlyList<DefinitionSource> sources)
    {
        var definitions = new List<string>();
        foreach (DefinitionSource source in sources)
        {
            if (source.Kind == DefinitionKind.Event)
            {
                definitions.Add(source.Text);
            }
            else
            {
                string text = Encoding.UTF8.GetString(InputFile.Read(source.Text));
                definitions.AddRange(text.Split('\n', StringSplitOptions.RemoveEmptyEntries));
            }
        }

        return definitions;
    }
}
