using System.CommandLine;
using ManagedUprobe.Command.Comparing;
using ManagedUprobe.Command.Doctor;
using ManagedUprobe.Command.Files;
using ManagedUprobe.Command.Inspecting;
using ManagedUprobe.Command.Repairing;
using ManagedUprobe.Command.Tracing;

namespace ManagedUprobe.Command;

/// <summary>The root of the command line.</summary>
internal static class MuprobeCommand
{
    /// <summary>No response files: an argument that starts with @ is what it is.</summary>
    public static ParserConfiguration ParserConfiguration { get; } = new() { ResponseFileTokenReplacer = null };

    /// <summary>No handlers of signals or exceptions: what a launched program inherits and how we leave is ours to decide.</summary>
    public static InvocationConfiguration InvocationConfiguration { get; } = new()
    {
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = null,
    };

    public static RootCommand Create(CommandLine line) =>
        DetailedHelp.AddTo(new("Uprobes without the kernel's uprobes: probes in user programs, by ptrace alone.")
        {
            TraceCommand.CreateTrace(line, TraceRunner.Trace),
            TraceCommand.CreateStat(line, TraceRunner.Stat),
            TraceFsCommand.Create(line, TraceFsRunner.Run),
            ListCommand.Create(ListRunner.Run),
            ExplainCommand.Create(ExplainRunner.Run),
            ParseCommand.Create(ParseRunner.Run),
            CompareCommand.Create(line, CompareRunner.Run),
            DoctorCommand.Create(),
            RepairCommand.Create(),
        });
}
