using System;
using System.CommandLine;
using System.Linq;
using ManagedUprobe.Command.Tracing;

namespace ManagedUprobe.Command.Files;

/// <summary>The command line of muprobe tracefs.</summary>
internal static class TraceFsCommand
{
    private const string Details = """
        The files are those of the kernel's tracefs that concern uprobe events, with the kernel's texts and effects: uprobe_events, dynamic_events,
        uprobe_profile, events/GROUP/EVENT/{enable,format,id,...}, set_event, trace, trace_pipe, per_cpu, tracing_on, trace_clock, error_log and so on;
        -r / lists them, -r FOLDER a folder. What is traced is what is enabled.
          muprobe tracefs -w 'uprobe_events=p:g/f ./a:0x1126 a=%di:s32' -w events/g/f/enable=1 -r trace -- ./a
        All writes are made before the target starts; the first that fails ends the command. All reads are made, in the order given, when the target has
        ended, or has been left after -d or Ctrl-C; without a target at once. Definitions are those of uprobe_events: offsets, no symbols.
        """;

    public static System.CommandLine.Command Create(CommandLine line, Func<TraceFsOptions, int> run)
    {
        var target = new TraceOptionSet(line);
        var writes = new Option<string[]>("-w", "--write")
        {
            Description = "write TEXT to FILE, as echo -n TEXT > FILE does; FILE+=TEXT appends, as >> (repeatable)",
            HelpName = "FILE=TEXT",
            Arity = ArgumentArity.OneOrMore,
        };
        var reads = new Option<string[]>("-r", "--read")
        {
            Description = "print FILE (repeatable)",
            HelpName = "FILE",
            Arity = ArgumentArity.OneOrMore,
        };
        var command = new DetailedCommand(
            "tracefs", "Writes and reads the event files of tracefs. The target, if any: -p, -a, or -- COMMAND ARGS.", Details)
        {
            writes, reads,
        };
        target.AddTargetTo(command);
        command.Validators.Add(result =>
        {
            if ((result.GetValue(writes) ?? []).FirstOrDefault(each => TraceFsWrite.Parse(each) == null) is { } wrong)
            {
                result.AddError($"-w takes FILE=TEXT or FILE+=TEXT: '{wrong}'");
            }

            if (result.GetResult(writes) is null && result.GetResult(reads) is null)
            {
                result.AddError("nothing to do: -w FILE=TEXT or -r FILE");
            }
        });
        command.SetAction(result => run(new(
            [.. (result.GetValue(writes) ?? []).Select(each => TraceFsWrite.Parse(each)!)],
            result.GetValue(reads) ?? [],
            target.Read(result))));
        return command;
    }
}
