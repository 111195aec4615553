using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Runtime.CompilerServices;
using System.Threading;
using ManagedUprobe.Primitives;
using ManagedUprobe.Session;
using Mono.Unix.Native;

namespace ManagedUprobe.Command.Repairing;

/// <summary>muprobe repair: heals what a dead tracer has left.</summary>
internal static class RepairCommand
{
    private const int QuietAttempts = 50;
    private const int QuietPauseMs = 20;

    /// <summary>Arguments with which what is left of a killed tracer repairs; null where this program is not one file that can be executed.</summary>
    public static IReadOnlyList<string>? Arguments { get; } =
        RuntimeFeature.IsDynamicCodeSupported ? null : ["muprobe", "repair", "--quiet"];

    public static System.CommandLine.Command Create()
    {
        var pids = new Argument<int[]>("PID")
        {
            Description = "the processes",
            Arity = ArgumentArity.OneOrMore,
        };
        var quiet = new Option<bool>("-q", "--quiet") { Description = "print nothing" };
        var command = new System.CommandLine.Command(
            "repair",
            "Heals processes that a dead tracer has left probed, and tells what it restored. Exit status 0 when they are as if never touched, else 1.")
        {
            pids,
            quiet,
        };
        command.SetAction(result => Run(result.GetValue(pids)!, result.GetValue(quiet)));
        return command;
    }

    private static int Run(int[] pids, bool quiet)
    {
        int status = ExitCodes.Success;
        foreach (int pid in pids)
        {
            if (!(quiet ? TryQuietly(pid) : TryAloud(pid)))
            {
                status = ExitCodes.CannotTrace;
            }
        }

        return status;
    }

    private static bool TryAloud(int pid)
    {
        try
        {
            RepairReport report = Repair.Run(pid);
            RepairText.Write(Console.Out, pid, report);
            return report.Left == null;
        }
        catch (UprobeException error)
        {
            Console.Error.WriteLine($"muprobe: {error.Message}");
            return false;
        }
    }

    // The tracer may still be dying.
    private static bool TryQuietly(int pid)
    {
        using var never = new ManualResetEventSlim();
        for (int attempt = 0; attempt < QuietAttempts; attempt++)
        {
            try
            {
                if (Repair.Run(pid).Left == null)
                {
                    return true;
                }
            }
            catch (UprobeException error) when (error.Errno == Errno.ESRCH)
            {
                return false;
            }
            catch (UprobeException)
            {
                // Not yet, or not at all.
            }

            _ = never.Wait(QuietPauseMs);
        }

        return false;
    }
}
