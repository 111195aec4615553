using System;
using System.IO;
using ManagedUprobe.Events;
using ManagedUprobe.Primitives;
using ManagedUprobe.Session;

namespace ManagedUprobe.Command;

/// <summary>What becomes of errors: a message on standard error and an exit status.</summary>
internal static class CommandErrors
{
    /// <summary>Runs a command.</summary>
    /// <returns>Its exit status: 2 for an error in a definition, 1 for any other.</returns>
    public static int Guard(Func<int> run)
    {
        try
        {
            return run();
        }
        catch (UprobeException error)
        {
            var text = new StringWriter();
            text.Write("muprobe: ");
            ProbeErrorReport.Write(text, error);
            OutputDescriptor.Errors.WriteLine(text.ToString().TrimEnd('\n'));
            return error.Command != null ? ExitCodes.BadUsage : ExitCodes.CannotTrace;
        }
        catch (TracerBugException error)
        {
            return Bug(error);
        }
        catch (ObjectDisposedException error) when (error.InnerException is TracerBugException bug)
        {
            return Bug(bug);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            // A call that the runtime needs was refused, or the session ended while it was still being prepared.
            Exception cause = error.InnerException ?? error;
            OutputDescriptor.Errors.WriteLine($"muprobe: cannot go on: {cause.Message}");
            return ExitCodes.CannotTrace;
        }
    }

    private static int Bug(TracerBugException error)
    {
        OutputDescriptor.Errors.WriteLine($"muprobe: a bug of muprobe ended the trace; the targets were left: {error.Message}");
        return ExitCodes.CannotTrace;
    }
}
