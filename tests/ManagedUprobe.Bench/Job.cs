using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Diagnostics;
using System.Threading.Tasks;

namespace ManagedUprobe.Bench;

/// <summary>Runs one program to its end.</summary>
internal static class Job
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    /// <summary>Runs a program; it must end with status 0.</summary>
    public static JobResult Run(params IReadOnlyList<string> command)
    {
        using Process process = Start(command);
        return Finish(process, command, Stopwatch.GetTimestamp());
    }

    /// <summary>As <see cref="Run"/>, with the time taken from before its start.</summary>
    public static JobResult Time(IReadOnlyList<string> command)
    {
        long start = Stopwatch.GetTimestamp();
        using Process process = Start(command);
        return Finish(process, command, start);
    }

    /// <summary>What one of <paramref name="hits"/> costs in nanoseconds: the time of a job less that of the same job with a few. Start and end have rows of their own.</summary>
    public static double PerHit(Func<long, double> job, long hits, long few = 1) => (job(hits) - job(few)) / (hits - few);

    public static Process Start(IReadOnlyList<string> command)
    {
        var start = new ProcessStartInfo(command[0])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        for (int i = 1; i < command.Count; i++)
        {
            start.ArgumentList.Add(command[i]);
        }

        try
        {
            Process process = Process.Start(start)!;
            process.StandardInput.Close();
            return process;
        }
        catch (Win32Exception)
        {
            throw new NotMeasurableException($"{command[0]} is not installed");
        }
    }

    private static JobResult Finish(Process process, IReadOnlyList<string> command, long start)
    {
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(s_patience))
        {
            process.Kill();
            throw new WrongOutputException($"did not end: {string.Join(' ', command)}");
        }

        TimeSpan wall = Stopwatch.GetElapsedTime(start);
        var result = new JobResult(wall, output.GetAwaiter().GetResult(), errors.GetAwaiter().GetResult());
        return process.ExitCode == 0
            ? result
            : throw new WrongOutputException($"status {process.ExitCode}: {string.Join(' ', command)}: {result.Errors.Trim()}");
    }
}
