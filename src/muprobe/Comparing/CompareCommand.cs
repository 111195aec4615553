using System;
using ManagedUprobe.Command.Startup;
using ManagedUprobe.Command.Tracing;

namespace ManagedUprobe.Command.Comparing;

/// <summary>The command line of muprobe compare.</summary>
internal static class CompareCommand
{
    private const string Details = """
        Runs the program twice: under the kernel's own uprobes (a tracefs mounted for this process alone, a group and an instance of its own,
        only this program and its children; wants root) and under muprobe, both without randomised addresses where that is allowed.
        Output: a line for each event with both counts, and the first lines that differ. Lines that threads or children write in another order,
        and lines that differ in addresses alone (each backend maps an area of its own), are told and are no difference. Differences that a
        known flaw of the kernel's explains are named.
        The program's own output is compared, not shown. Its standard input is read anew by each run when it is a file, else it is empty.
        Exit status 0, 1 when anything differs or could not be run, 2 for an error in a definition.
        """;

    public static System.CommandLine.Command Create(CommandLine line, Func<CompareOptions, int> run)
    {
        var definitions = new DefinitionOptions(withFilters: true);
        var command = new DetailedCommand("compare", "The kernel and muprobe on the same program: what differs. The target: -- COMMAND ARGS.", Details);
        definitions.AddTo(command);
        command.Validators.Add(result =>
        {
            if (!line.HasProgram)
            {
                result.AddError("no program to run: say which after --");
            }
        });
        command.SetAction(result => run(new(definitions.Read(result), RawCommandLine.AfterSeparator() ?? [])));
        return command;
    }
}
