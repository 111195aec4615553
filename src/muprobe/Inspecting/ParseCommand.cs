using System;
using System.CommandLine;
using ManagedUprobe.Events;

namespace ManagedUprobe.Command.Inspecting;

/// <summary>The command line of muprobe parse.</summary>
internal static class ParseCommand
{
    private const string DynamicEvents = "dynamic_events";
    private const string UprobeEvents = "uprobe_events";

    private const string Details = """
        Commands, one a line, are applied in turn to an empty event list, as writes to uprobe_events.
        Output: a line for each, fields divided by tabs:
          ok     the line that reading uprobe_events would show for it (empty for a deletion, a comment, a blank line;
                 with --extended one field a match)
          error  the errno's name, the caret's column (from 0, - when the kernel logs none), the message (- when none)
        Exit status 0 when the input could be read.
        """;

    public static System.CommandLine.Command Create(Func<ParseOptions, int> run)
    {
        var path = new Argument<string?>("FILE")
        {
            Description = "commands as written to uprobe_events, one a line; standard input without it, or with -",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var fresh = new Option<bool>("--fresh") { Description = "every line starts from an empty list" };
        var file = new Option<string>("--file")
        {
            Description = "read the lines as this file of tracefs does: uprobe_events (the default) or dynamic_events",
            HelpName = "NAME",
            DefaultValueFactory = _ => UprobeEvents,
        };
        file.AcceptOnlyFromAmong(UprobeEvents, DynamicEvents);
        var extended = new Option<bool>("--extended") { Description = "the language of -e: symbols, bare names, patterns" };
        var command = new DetailedCommand(
            "parse", "Checks definitions without a target: a line of fields for each.", Details) { path, fresh, file, extended };
        command.Validators.Add(result =>
        {
            if (result.GetValue(extended) && result.GetResult(file) is { Implicit: false })
            {
                result.AddError("--extended and --file are two languages: choose one");
            }
        });
        command.SetAction(result => run(new(
            result.GetValue(path) ?? "-",
            result.GetValue(fresh),
            result.GetValue(file) == DynamicEvents ? EventFile.DynamicEvents : EventFile.UprobeEvents,
            result.GetValue(extended))));
        return command;
    }
}
