using System;
using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Linq;

namespace ManagedUprobe.Command;

internal static class Program
{
    private static int Main(string[] args)
    {
        var line = CommandLine.Divide(args);
        ParseResult result = MuprobeCommand.Create(line).Parse(line.Arguments, MuprobeCommand.ParserConfiguration);
        List<string> errors = Errors(line, result);
        if (errors.Count == 0)
        {
            return result.Invoke(MuprobeCommand.InvocationConfiguration);
        }

        foreach (string error in errors)
        {
            Console.Error.WriteLine($"muprobe: {error}");
        }

        Console.Error.WriteLine($"Try '{Name(result.CommandResult)} --help'.");
        return ExitCodes.BadUsage;
    }

    private static List<string> Errors(CommandLine line, ParseResult result)
    {
        var errors = result.Errors.Select(error => error.Message).ToList();
        if (line.SeparatorError(result.CommandResult.Command.Name) is { } separatorError)
        {
            errors.Add(separatorError);
        }

        return errors;
    }

    private static string Name(CommandResult command) =>
        command.Command is RootCommand ? "muprobe" : $"muprobe {command.Command.Name}";
}
