using System;
using System.IO;

namespace ManagedUprobe.IntegrationTests.Support;

/// <summary>A tracefs mount in a temporary folder whose name says whose it is.</summary>
internal sealed class TraceFsMount : IDisposable
{
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

    public void Dispose()
    {
        if (Failure is null)
        {
            CommandRunner.Output("umount", "--lazy", Root);
        }

        Directory.Delete(Root);
    }
}
