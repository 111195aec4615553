using System;
using System.CommandLine;
using System.CommandLine.Parsing;

namespace ManagedUprobe.Command;

internal static class Program
{
    private static int Main(string[] args)
    {
        ParseResult result = MuprobeCommand.Create().Parse(args, MuprobeCommand.ParserConfiguration);
        if (result.Errors.Count > 0)
        {
            foreach (ParseError error in result.Errors)
            {
                Console.Error.WriteLine($"muprobe: {error.Message}");
            }

            Console.Error.WriteLine($"Try '{Name(result.CommandResult)} --help'.");
            return ExitCodes.BadUsage;
        }

        return result.Invoke(MuprobeCommand.InvocationConfiguration);
    }

    private static string Name(CommandResult command) =>
        command.Command is RootCommand ? "muprobe" : $"muprobe {command.Command.Name}";
}
