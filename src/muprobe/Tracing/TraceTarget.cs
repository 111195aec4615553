using System;
using System.Collections.Generic;
using ManagedUprobe.Command.Repairing;
using ManagedUprobe.Command.Startup;
using ManagedUprobe.Output;
using ManagedUprobe.Primitives;
using ManagedUprobe.Session;

namespace ManagedUprobe.Command.Tracing;

/// <summary>Opens the session that a command line asks for, with its events defined and nothing started yet.</summary>
internal static class TraceTarget
{
    /// <summary>The session; the caller disposes it.</summary>
    /// <exception cref="UprobeException">A definition is wrong, or there is no such program or process: nothing was touched.</exception>
    public static UprobeSession Open(TraceOptions options, bool countOnly)
    {
        // Read first: standard input belongs to the program once that runs.
        List<FilteredDefinition> definitions = DefinitionFiles.Read(options.Definitions);
        UprobeSession session = Create(options, countOnly);
        try
        {
            foreach (FilteredDefinition definition in definitions)
            {
                session.AddEvent(definition.Text, definition.Filter);
            }

            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private static UprobeSession Create(TraceOptions options, bool countOnly)
    {
        var session = new SessionOptions
        {
            FollowChildren = options.Follow,
            Step = options.Step,
            Return = options.Return,
            ShareCpu = options.ShareCpu,
            Force = options.Force,
            CountOnly = countOnly,
            RingFull = RingFullPolicy.Wait,
            HealArguments = RepairCommand.Arguments,
            Log = options.Verbose ? message => OutputDescriptor.Errors.WriteLine($"muprobe: {message}") : null,
        };
        if (options.Command.Count > 0)
        {
            return UprobeSession.Launch(ProgramOf(options.Command).ToRequest(), session);
        }

        return options.AllProcesses ? UprobeSession.AttachAll(session) : UprobeSession.Prepare(options.Pids, session);
    }

    /// <summary>The program of a command line, to be started as this process was.</summary>
    public static ProgramStart ProgramOf(IReadOnlyList<byte[]> command)
    {
        var state = StartState.Capture();
        return new ProgramStart
        {
            Arguments = command,
            Environment = RawEnvironment.Read(),
            SearchPath = Environment.GetEnvironmentVariable("PATH"),
            IgnoredSignals = state.IgnoredSignals,
            BlockedSignals = state.BlockedSignals,
            InheritedDescriptors = state.OpenDescriptors,
            FileLimit = (state.FileLimitSoft, state.FileLimitHard),
        };
    }
}
