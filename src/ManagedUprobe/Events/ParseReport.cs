using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Events;

/// <summary>Checks commands and reports a line for each, fields separated by tabs: the work of <c>muprobe parse</c>.</summary>
/// <remarks>Lines and report hold one byte a character: open both as Latin-1.</remarks>
internal sealed class ParseReport
{
    /// <summary>Whether each line starts from an empty list.</summary>
    public bool Fresh { get; init; }

    /// <summary>The file that the lines would be written to.</summary>
    public EventFile File { get; init; }

    /// <summary>Where the extended language finds names; null: the kernel's language alone.</summary>
    public ISymbolResolver? Symbols { get; init; }

    /// <summary>Looks at the files of definitions.</summary>
    public required IProbeFiles Files { get; init; }

    /// <summary>Applies <paramref name="lines"/> in turn and reports each.</summary>
    public void Write(IEnumerable<string> lines, TextWriter writer)
    {
        var table = new EventTable(Files);
        foreach (string line in lines)
        {
            table = Fresh ? new EventTable(Files) : table;
            writer.Write(ReportLine(table, line));
            writer.Write('\n');
        }
    }

    private string ReportLine(EventTable table, string line)
    {
        try
        {
            IReadOnlyList<TraceUprobe> added = Apply(table, line);
            return "ok\t" + string.Join('\t', added.Select(probe => probe.ListingLine));
        }
        catch (UprobeException error)
        {
            bool logged = error.Position >= 0;
            string caret = logged ? error.Position.ToString(CultureInfo.InvariantCulture) : "-";
            return $"error\t{Name(error.Errno)}\t{caret}\t{(logged ? error.Message : "-")}";
        }
    }

    private List<TraceUprobe> Apply(EventTable table, string line)
    {
        var added = new List<TraceUprobe>();
        table.Added = added.Add;
        if (Symbols is null)
        {
            table.Write(KernelText.ToBytes(line + "\n"), File);
        }
        else
        {
            _ = table.WriteExtended(line, Symbols);
        }

        return added;
    }

    private static string Name(Errno errno) => errno == UprobeException.NotSupported ? "ENOTSUPP" : errno.ToString();
}
