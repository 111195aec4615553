using System;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using ManagedUprobe.Events;
using ManagedUprobe.Output;
using ManagedUprobe.Session;

namespace ManagedUprobe.Command.Tracing;

/// <summary>Runs muprobe trace and muprobe stat.</summary>
/// <remarks>Nothing here touches the console class: it would change the terminal and the signals that the launched program shares with us.</remarks>
internal static class TraceRunner
{
    /// <summary>Prints events until the target ends, a limit is reached, or the user interrupts.</summary>
    public static int Trace(TraceOptions options) => CommandErrors.Guard(() =>
    {
        using var output = OutputDescriptor.Open(options.OutputPath);
        using UprobeSession session = TraceTarget.Open(options, countOnly: false);
        ITraceFormatter formatter = options.Format == OutputFormat.Json ? new TraceJsonFormatter() : new TraceTextFormatter();
        var pump = new TracePump(session, formatter, output, options.EventCount ?? long.MaxValue);
        using var stop = new StopSignals(session);
        session.Start();
        StopAfter(session, options.Duration);
        pump.Run();
        return Finish(session, options);
    });

    /// <summary>Counts until the same, then prints the counts.</summary>
    public static int Stat(TraceOptions options) => CommandErrors.Guard(() =>
    {
        using var output = OutputDescriptor.Open(options.OutputPath);
        using UprobeSession session = TraceTarget.Open(options, countOnly: true);
        int status = RunToEnd(session, options);
        foreach (TraceUprobe probe in session.Events.Probes)
        {
            string line = UprobeProfileFormatter.Line(probe, session.CountOf(probe));
            _ = output.TryWrite(Encoding.Latin1.GetBytes(line + "\n"));
        }

        if (session.ShareLine is { } share)
        {
            OutputDescriptor.Errors.WriteLine($"muprobe: {share}");
        }

        return status;
    });

    /// <summary>Starts the targets of a session that nobody reads from, and waits for the end of the trace.</summary>
    /// <returns>The exit status of the program that was started, else 0.</returns>
    public static int RunToEnd(UprobeSession session, TraceOptions options)
    {
        using var stop = new StopSignals(session);
        session.Start();
        StopAfter(session, options.Duration);
        session.Completion.GetAwaiter().GetResult();
        return Finish(session, options);
    }

    private static int Finish(UprobeSession session, TraceOptions options)
    {
        session.Dispose();
        session.Completion.GetAwaiter().GetResult();
        if (options.Verbose)
        {
            ReportMisses(session);
        }

        return session.WaitForLeftProgram();
    }

    private static void ReportMisses(UprobeSession session)
    {
        foreach (EventCount count in session.EventCounts)
        {
            if (count.Misses > 0)
            {
                OutputDescriptor.Errors.WriteLine($"muprobe: {count.Group}:{count.Event}: {count.Misses} returns missed of {count.Hits} calls");
            }
        }
    }

    private static void StopAfter(UprobeSession session, TimeSpan? duration)
    {
        if (duration is { } time)
        {
            var timer = new Thread(() =>
            {
                // Not Wait, which throws what ended the session.
                if (Task.WaitAny([session.Completion], time) < 0)
                {
                    session.Stop();
                }
            })
            { IsBackground = true, Name = "duration" };
            timer.Start();
        }
    }
}
