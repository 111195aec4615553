using System;
using System.CommandLine;
using ManagedUprobe.Command.Tracing;

namespace ManagedUprobe.Command.Inspecting;

/// <summary>The command line of muprobe explain.</summary>
internal static class ExplainCommand
{
    public static System.CommandLine.Command Create(Func<ExplainOptions, int> run)
    {
        var definitions = new DefinitionOptions();
        var pid = new Option<int?>("-p", "--pid")
        {
            Description = "look files and libraries up as this process does",
            HelpName = "PID",
            CustomParser = NumberArguments.ParsePid,
        };
        var command = new System.CommandLine.Command(
            "explain",
            "Per probe: file offset, the instruction displaced, the mode (trap or refused) and why. Nothing is placed.");
        definitions.AddTo(command);
        command.Options.Add(pid);
        command.SetAction(result => run(new(definitions.Read(result), result.GetValue(pid))));
        return command;
    }
}
