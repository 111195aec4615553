using System;
using System.Collections.Generic;
using ManagedUprobe.Session.Inspecting;
using Spectre.Console;

namespace ManagedUprobe.Command.Inspecting;

/// <summary>How explanations are shown: lines of name and value; on a terminal the same in colours.</summary>
internal static class ExplainReport
{
    private const int NameWidth = 13;

    public static void Write(IReadOnlyList<ProbeExplanation> explanations)
    {
        bool isFirst = true;
        foreach (ProbeExplanation explanation in explanations)
        {
            if (!isFirst)
            {
                Console.Out.WriteLine();
            }

            isFirst = false;
            Write(explanation);
        }
    }

    private static void Write(ProbeExplanation explanation)
    {
        Grid grid = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn();
        foreach ((string name, string value) in ExplanationText.Rows(explanation))
        {
            if (Console.IsOutputRedirected)
            {
                Console.Out.WriteLine(name.PadRight(NameWidth) + value);
            }
            else
            {
                _ = grid.AddRow(new Text(name, new Style(Color.Grey)), new Text(value, StyleOf(name, explanation)));
            }
        }

        if (!Console.IsOutputRedirected)
        {
            AnsiConsole.Write(grid);
        }
    }

    private static Style StyleOf(string name, ProbeExplanation explanation) => name switch
    {
        ExplanationText.EventRow => new Style(decoration: Decoration.Bold),
        ExplanationText.ModeRow => new Style(explanation.IsRefused ? Color.Red : Color.Green),
        _ => Style.Plain,
    };
}
