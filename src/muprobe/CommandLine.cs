using System;
using System.Linq;

namespace ManagedUprobe.Command;

/// <summary>The command line, divided at the first <c>--</c>: what follows is a program's and none of our business.</summary>
/// <param name="Arguments">What is ours.</param>
/// <param name="HasSeparator">Whether there is a <c>--</c>.</param>
/// <param name="HasProgram">Whether something follows it; its bytes are in RawCommandLine.</param>
internal sealed record CommandLine(string[] Arguments, bool HasSeparator, bool HasProgram)
{
    private static readonly string[] s_takeProgram = ["trace", "stat", "tracefs", "compare"];

    public static CommandLine Divide(string[] arguments)
    {
        int separator = Array.IndexOf(arguments, "--");
        return separator < 0
            ? new CommandLine(arguments, HasSeparator: false, HasProgram: false)
            : new CommandLine(arguments[..separator], HasSeparator: true, HasProgram: separator + 1 < arguments.Length);
    }

    /// <summary>What is wrong about <c>--</c> for a command of this name; null when nothing is.</summary>
    public string? SeparatorError(string command)
    {
        if (!HasSeparator)
        {
            return null;
        }

        return !s_takeProgram.Contains(command) ? $"{command} runs no program: nothing to do with --"
            : HasProgram ? null
            : "no program after --";
    }
}
