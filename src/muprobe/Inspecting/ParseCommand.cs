using System;
using System.CommandLine;

namespace ManagedUprobe.Command.Inspecting;

/// <summary>The command line of muprobe parse.</summary>
internal static class ParseCommand
{
    /// <summary><paramref name="run"/> takes the name of the file, null or "-" for standard input.</summary>
    public static System.CommandLine.Command Create(Func<string?, int> run)
    {
        var file = new Argument<string?>("FILE")
        {
            Description = "commands as written to uprobe_events, one a line; standard input without it, or with -",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var command = new System.CommandLine.Command("parse", "Checks definitions without a target: a line of fields for each.") { file };
        command.SetAction(result => run(result.GetValue(file)));
        return command;
    }
}
