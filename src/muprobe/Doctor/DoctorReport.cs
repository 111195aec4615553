using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ManagedUprobe.Session.Gates;
using Spectre.Console;

namespace ManagedUprobe.Command.Doctor;

/// <summary>How the gates are shown: a table on a terminal, else a line each.</summary>
internal static class DoctorReport
{
    public static void WriteTable(IReadOnlyList<Gate> gates)
    {
        Table table = new Table().Border(TableBorder.Rounded).AddColumns("gate", "", "found", "remedy");
        foreach (Gate gate in gates)
        {
            table.AddRow(
                new Text(gate.Name),
                new Text(Word(gate.State), Style(gate.State)),
                new Text(gate.Detail),
                new Text(gate.Remedy));
        }

        AnsiConsole.Write(table);
        AnsiConsole.WriteLine(Verdict(gates));
    }

    public static void WriteLines(TextWriter output, IReadOnlyList<Gate> gates)
    {
        foreach (Gate gate in gates)
        {
            string remedy = gate.Remedy.Length > 0 ? $"; remedy: {gate.Remedy}" : "";
            output.WriteLine($"{Word(gate.State),-8}{gate.Name}: {gate.Detail}{remedy}");
        }

        output.WriteLine(Verdict(gates));
    }

    private static string Verdict(IReadOnlyList<Gate> gates) =>
        gates.Any(gate => gate.State == GateState.Shut) ? "Tracing is not possible." : "Tracing is possible.";

    private static string Word(GateState state) => state switch
    {
        GateState.Open => "open",
        GateState.Limited => "limited",
        GateState.Shut => "shut",
        _ => throw new ArgumentOutOfRangeException(nameof(state)),
    };

    private static Style Style(GateState state) => state switch
    {
        GateState.Open => new Style(Color.Green),
        GateState.Limited => new Style(Color.Yellow),
        _ => new Style(Color.Red),
    };
}
