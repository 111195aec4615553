using System.Threading;

namespace ManagedUprobe.Session;

/// <summary>Heals processes that a dead tracer has left probed: what its watcher could not, or would have, done.</summary>
internal static class Repair
{
    private const int MaxAttempts = 10;

    /// <summary>Repairs one process, and leaves it.</summary>
    /// <exception cref="Primitives.UprobeException">There is no such process, it may not be traced, or a tracer is there.</exception>
    public static RepairReport Run(int pid)
    {
        RepairReport report = RunOnce(pid);
        for (int attempt = 1; attempt < MaxAttempts && report.Left != null; attempt++)
        {
            // What was in use a moment ago may be free now.
            RepairReport next = RunOnce(pid);
            report = new RepairReport(
                report.Breakpoints + next.Breakpoints,
                report.Returns + next.Returns,
                report.HasActionBack || next.HasActionBack || next.IsEmpty,
                next.IsUnmapped || next.IsEmpty,
                next.Left);
        }

        return report;
    }

    private static RepairReport RunOnce(int pid)
    {
        using var ended = new ManualResetEventSlim();
        var tracer = new Tracer(SessionOptions.Default, ended.Set);
        try
        {
            return tracer.Repair(pid);
        }
        finally
        {
            tracer.RequestStop();
            ended.Wait();
        }
    }
}
