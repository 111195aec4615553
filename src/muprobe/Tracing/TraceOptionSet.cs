using System;
using System.CommandLine;
using System.CommandLine.Parsing;
using ManagedUprobe.Command.Startup;
using ManagedUprobe.Session;

namespace ManagedUprobe.Command.Tracing;

/// <summary>The options that trace and stat share, and how they become <see cref="TraceOptions"/>.</summary>
internal sealed class TraceOptionSet
{
    private readonly DefinitionOptions _definitions = new(withFilters: true);

    private readonly Option<int[]> _pids = new("-p", "--pid")
    {
        Description = "attach to this process, all its threads (repeatable)",
        HelpName = "PID",
        Arity = ArgumentArity.OneOrMore,
        CustomParser = NumberArguments.ParsePids,
    };

    private readonly Option<bool> _all = new("-a", "--all")
    {
        Description = "attach to every process that maps a probed file: those that run now, and those that start later. "
            + "Limits: only processes that this user may trace (see doctor) are seen; an unprivileged process is told that a "
            + "probed file was opened, not by whom, so /proc is looked through then, and what a new process does in its first "
            + "milliseconds is missed; one that ends sooner is never seen. Children of processes that are traced miss nothing.",
    };

    private readonly Option<bool> _noFollow = new("--no-follow")
    {
        Description = "leave children alone: they run unprobed and unharmed",
    };

    private readonly Option<OutputFormat> _format = new("--format")
    {
        Description = "text (default) as trace_pipe prints it, or json: one object a line",
        HelpName = "text|json",
    };

    private readonly Option<string?> _output = new("-o", "--output")
    {
        Description = "write to this file, not to standard output",
        HelpName = "FILE",
    };

    private readonly Option<long?> _count = new("-n", "--count")
    {
        Description = "stop after so many events",
        HelpName = "COUNT",
        CustomParser = NumberArguments.ParseCount,
    };

    private readonly Option<TimeSpan?> _duration = new("-d", "--duration")
    {
        Description = "stop after so many seconds (decimals allowed)",
        HelpName = "SECONDS",
        CustomParser = NumberArguments.ParseSeconds,
    };

    private readonly Option<PlacingMode> _mode = new("--mode")
    {
        Description = "how sites are placed: trap stops the target at each hit; auto (default) is trap; jump is not there yet",
        HelpName = "auto|trap|jump",
    };

    private readonly Option<StepMode> _step = new("--step")
    {
        Description = "how the displaced instruction runs: relocated with a jump back (boost, default), or by a single step",
        HelpName = "boost|single",
    };

    private readonly Option<ReturnMode> _return = new("--return")
    {
        Description = "how returns are caught: sites puts probes on a function's return instructions and touches no stack, hijack replaces "
            + "the return address of each call; auto (default) takes sites where the function leaves by those instructions alone",
        HelpName = "auto|hijack|sites",
    };

    private readonly Option<bool> _shareCpu = new("--share-cpu")
    {
        Description = "confine the target to the CPU that it is found on, together with the tracer, while it is traced: a hit costs least there",
    };

    private readonly Option<bool> _force = new("--force")
    {
        Description = "place where muprobe would refuse out of care, in the middle of an instruction for instance",
    };

    private readonly Option<bool> _verbose = new("-v", "--verbose")
    {
        Description = "say on standard error what was attached, placed and missed",
    };

    private readonly CommandLine _line;

    public TraceOptionSet(CommandLine line)
    {
        _line = line;
        _format.AcceptOnlyFromAmong("text", "json");
        _mode.AcceptOnlyFromAmong("auto", "trap", "jump");
        _step.AcceptOnlyFromAmong("boost", "single");
        _return.AcceptOnlyFromAmong("auto", "hijack", "sites");
    }

    /// <summary>Adds the options and the rules that they obey together.</summary>
    public void AddTo(System.CommandLine.Command command)
    {
        Option[] options =
        [
            _pids, _all, _noFollow, _format, _output, _count, _duration, _mode, _step, _return, _shareCpu, _force, _verbose,
        ];
        _definitions.AddTo(command);
        foreach (Option option in options)
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result => Validate(result, needsTarget: true));
    }

    /// <summary>Adds those options that say what is traced and how; there may be no target at all.</summary>
    public void AddTargetTo(System.CommandLine.Command command)
    {
        Option[] options = [_pids, _all, _noFollow, _output, _duration, _mode, _step, _force, _verbose];
        foreach (Option option in options)
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result => Validate(result, needsTarget: false));
    }

    /// <summary>The options of a command line without errors.</summary>
    public TraceOptions Read(ParseResult result) => new()
    {
        Definitions = _definitions.Read(result),
        Pids = result.GetValue(_pids) ?? [],
        AllProcesses = result.GetValue(_all),
        Command = _line.HasProgram ? RawCommandLine.AfterSeparator() ?? [] : [],
        Follow = !result.GetValue(_noFollow),
        Format = result.GetValue(_format),
        OutputPath = result.GetValue(_output),
        EventCount = result.GetValue(_count),
        Duration = result.GetValue(_duration),
        Mode = result.GetValue(_mode),
        Step = result.GetValue(_step),
        Return = result.GetValue(_return),
        ShareCpu = result.GetValue(_shareCpu),
        Force = result.GetValue(_force),
        Verbose = result.GetValue(_verbose),
    };

    private void Validate(CommandResult result, bool needsTarget)
    {
        int targets = (result.GetResult(_pids) is null ? 0 : 1)
            + (result.GetResult(_all) is null ? 0 : 1)
            + (_line.HasProgram ? 1 : 0);
        if (targets > 1 || (targets == 0 && needsTarget))
        {
            result.AddError(targets == 0
                ? "no target: -p PID, -a, or -- COMMAND ARGS"
                : "one kind of target at a time: -p PID, -a, or -- COMMAND ARGS");
        }

        if (result.GetResult(_mode) is { Tokens: [{ Value: "jump" }] })
        {
            result.AddError("--mode jump is not there yet: auto and trap are");
        }
    }
}
