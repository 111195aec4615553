using System;
using System.Diagnostics;
using System.IO;
using System.Threading;

namespace ManagedUprobe.IntegrationTests.Support;

/// <summary>A tracefs mount in a temporary folder whose name says whose it is.</summary>
internal sealed class TraceFsMount : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    public TraceFsMount()
    {
        string name = $"{StaleTraceFs.NamePrefix}{Environment.ProcessId}_{Guid.NewGuid():N}";
        Root = Path.Combine(Path.GetTempPath(), name);
        Directory.CreateDirectory(Root);
        CommandResult result = CommandRunner.Run("mount", "-t", "tracefs", "tracefs", Root);
        Failure = result.ExitStatus == 0 ? null : result.Errors.Trim();
    }

    public string Root { get; }

    /// <summary>What mount said, if it failed.</summary>
    public string? Failure { get; }

    public string this[string file] => Path.Combine(Root, file);

    /// <summary>Removes a tracing instance. A child that another test has just started has all our files open until it executes its program: busy for that long.</summary>
    public static void RemoveInstance(string folder)
    {
        const int EBUSY = 16;
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                Directory.Delete(folder);
                return;
            }
            catch (IOException error) when (error.HResult == EBUSY && Stopwatch.GetElapsedTime(start) < s_patience)
            {
                Thread.Yield();
            }
        }
    }

    public void Dispose()
    {
        if (Failure is null)
        {
            CommandRunner.Output("umount", "--lazy", Root);
        }

        Directory.Delete(Root);
    }
}
