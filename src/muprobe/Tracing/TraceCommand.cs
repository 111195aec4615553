using System;

namespace ManagedUprobe.Command.Tracing;

/// <summary>The command lines of muprobe trace and muprobe stat.</summary>
internal static class TraceCommand
{
    public static System.CommandLine.Command CreateTrace(CommandLine line, Func<TraceOptions, int> run) =>
        Create("trace", "Prints events as trace_pipe prints them. The target: -p, -a, or -- COMMAND ARGS.", line, run);

    public static System.CommandLine.Command CreateStat(CommandLine line, Func<TraceOptions, int> run) =>
        Create("stat", "Counts; at the end the lines of uprobe_profile. The target: -p, -a, or -- COMMAND ARGS.", line, run);

    private static System.CommandLine.Command Create(
        string name,
        string description,
        CommandLine line,
        Func<TraceOptions, int> run)
    {
        var options = new TraceOptionSet(line);
        var command = new System.CommandLine.Command(name, description);
        options.AddTo(command);
        command.SetAction(result => run(options.Read(result)));
        return command;
    }
}
