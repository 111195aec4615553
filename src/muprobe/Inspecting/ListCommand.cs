using System;
using System.CommandLine;

namespace ManagedUprobe.Command.Inspecting;

/// <summary>The command line of muprobe list.</summary>
internal static class ListCommand
{
    private const string Details = """
        Output: a line each, by offset, fields divided by blanks: OFFSET SIZE KIND NAME; with -p the file stands before them, blanks in its
        path as \040, and what is wrong with a file is told on standard error. The name is last because it may hold blanks.
          OFFSET  in the file, as definitions want it; for a marker with a counter OFFSET(COUNTER)
          SIZE    in bytes, - when it is not known
          KIND    func; ifunc (the offset is that of a resolver, not of the function that runs); usdt;
                  refused (its first instruction cannot be probed: explain tells why)
          NAME    with its version as @VERSION, the default one as @@VERSION; PROVIDER:MARKER ARGUMENTS for a marker
        Exit status 1 when there is nothing to list.
        """;

    public static System.CommandLine.Command Create(Func<ListOptions, int> run)
    {
        var path = new Option<string?>("-x", "--executable") { Description = "a program or library, by path or by name (libc.so.6, bash)", HelpName = "FILE" };
        var pid = new Option<int?>("-p", "--pid")
        {
            Description = "the files that this process maps executable",
            HelpName = "PID",
            CustomParser = NumberArguments.ParsePid,
        };
        var pattern = new Argument<string?>("PATTERN")
        {
            Description = "only names that match (* and ?), perhaps with @VERSION",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var command = new DetailedCommand(
            "list", "Functions and USDT markers that can be probed, with their file offsets.", Details)
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
