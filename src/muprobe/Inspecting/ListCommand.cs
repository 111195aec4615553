using System;
using System.CommandLine;

namespace ManagedUprobe.Command.Inspecting;

/// <summary>The command line of muprobe list.</summary>
internal static class ListCommand
{
    public static System.CommandLine.Command Create(Func<ListOptions, int> run)
    {
        var path = new Option<string?>("-x", "--executable") { Description = "an ELF file", HelpName = "FILE" };
        var pid = new Option<int?>("-p", "--pid")
        {
            Description = "the files that this process maps",
            HelpName = "PID",
            CustomParser = NumberArguments.ParsePid,
        };
        var pattern = new Argument<string?>("PATTERN")
        {
            Description = "only names that match (* and ?)",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var command = new System.CommandLine.Command("list", "Functions that can be probed, with their file offsets.")
        {
            path, pid, pattern,
        };
        command.Validators.Add(result =>
        {
            if ((result.GetResult(path) is null) == (result.GetResult(pid) is null))
            {
                result.AddError("one of -x FILE and -p PID is wanted");
            }
        });
        command.SetAction(result => run(new(result.GetValue(path), result.GetValue(pid), result.GetValue(pattern))));
        return command;
    }
}
