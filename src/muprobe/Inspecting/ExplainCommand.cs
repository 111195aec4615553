using System;
using System.CommandLine;
using ManagedUprobe.Command.Tracing;

namespace ManagedUprobe.Command.Inspecting;

/// <summary>The command line of muprobe explain.</summary>
internal static class ExplainCommand
{
    private const string Details = """
        Output: lines of a name and a value each, an empty line between probes. The line "kernel" tells what the kernel's uprobes would
        say, where that differs. Exit status 0, 1 when any probe would be refused, 2 for an error in a definition.
        """;

    public static System.CommandLine.Command Create(Func<ExplainOptions, int> run)
    {
        var definitions = new DefinitionOptions(withFilters: false);
        var pid = new Option<int?>("-p", "--pid")
        {
            Description = "look files and libraries up as this process does, and tell where it maps the probes and whether it may be traced",
            HelpName = "PID",
            CustomParser = NumberArguments.ParsePid,
        };
        var command = new DetailedCommand(
            "explain",
            "Per probe: file offset, the instruction displaced, the mode (trap or refused) and why. Nothing is placed.",
            Details);
        definitions.AddTo(command);
        command.Options.Add(pid);
        command.SetAction(result => run(new(definitions.Read(result), result.GetValue(pid))));
        return command;
    }
}
