using System.Collections.Generic;
using ManagedUprobe.Session;
using ManagedUprobe.Session.Inspecting;

namespace ManagedUprobe.Command.Inspecting;

/// <summary>Runs muprobe list.</summary>
internal static class ListRunner
{
    public static int Run(ListOptions options) => CommandErrors.Guard(() =>
    {
        var report = new ListReport();
        if (options.Pid is { } pid)
        {
            WriteProcess(report, ProbeableList.OfProcess(pid, options.Pattern));
        }
        else
        {
            report.Write(null, ProbeableList.OfFile(options.Path!, options.Pattern));
        }

        report.Flush();
        return ExitCodes.Success;
    });

    private static void WriteProcess(ListReport report, IReadOnlyList<ProbeableFile> files)
    {
        foreach (ProbeableFile file in files)
        {
            report.Write(file.Path, file.Places);
            if (file.Problem is { } problem)
            {
                OutputDescriptor.Errors.WriteLine($"muprobe: {file.Path}: {problem}");
            }
        }
    }
}
