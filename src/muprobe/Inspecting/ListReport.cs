using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using ManagedUprobe.Session.Inspecting;
using Spectre.Console;

namespace ManagedUprobe.Command.Inspecting;

/// <summary>How places are shown: the same fields in lines for scripts, and on a terminal under the name of their file, in colours.</summary>
internal sealed class ListReport
{
    private readonly TextWriter? _lines = Console.IsOutputRedirected
        ? new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 64 * 1024)
        : null;

    /// <summary>Writes the places of a file.</summary>
    /// <param name="path">The file, when there are several; null for the only one.</param>
    /// <param name="places">Its places.</param>
    public void Write(string? path, IReadOnlyList<Probeable> places)
    {
        if (_lines is null)
        {
            WriteToTerminal(path, places);
            return;
        }

        foreach (Probeable place in places)
        {
            _lines.Write(ProbeableText.Line(place, path) + "\n");
        }
    }

    /// <summary>Writes out what is buffered.</summary>
    public void Flush() => _lines?.Flush();

    private static void WriteToTerminal(string? path, IReadOnlyList<Probeable> places)
    {
        if (path != null && places.Count > 0)
        {
            AnsiConsole.Write(new Text(path + "\n", new Style(decoration: Decoration.Bold)));
        }

        foreach (Probeable place in places)
        {
            // No table: it would look at all rows before it shows the first.
            var line = new Paragraph();
            _ = line.Append(ProbeableText.Line(place, null) + "\n", StyleOf(place));
            AnsiConsole.Write(line);
        }
    }

    private static Style StyleOf(Probeable place) => place switch
    {
        { Refusal: not null } => new Style(Color.Red),
        { Kind: ProbeableKind.Function } => Style.Plain,
        _ => new Style(Color.Yellow),
    };
}
