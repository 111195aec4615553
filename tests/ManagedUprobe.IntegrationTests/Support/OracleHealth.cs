using System;
using System.Globalization;
using System.IO;

namespace ManagedUprobe.IntegrationTests.Support;

/// <summary>Whether the kernel's tracing still works: after an oops its locks may be held for ever, and whoever writes to it waits for ever.</summary>
internal static class OracleHealth
{
    /// <summary>TAINT_DIE of include/linux/panic.h: there was an oops.</summary>
    private const long TaintDie = 1 << 7;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    /// <summary>Defines, enables and removes one event in an instance, in a process that may get stuck in our place.</summary>
    private const string Trial =
        """
        set -e
        echo "p:$1/trial $2:0" >>uprobe_events
        mkdir "instances/$1"
        echo 0 >"instances/$1/events/$1/trial/enable"
        rmdir "instances/$1"
        echo "-:$1/trial" >>uprobe_events
        """;

    /// <summary>Why the kernel cannot be asked; null when it can.</summary>
    public static string? WhyNot(TraceFsMount mount)
    {
        long taint = long.Parse(File.ReadAllText("/proc/sys/kernel/tainted"), CultureInfo.InvariantCulture);
        return (taint & TaintDie) != 0 ? "The kernel has oopsed: its tracing is not to be trusted." : TryIt(mount);
    }

    private static string? TryIt(TraceFsMount mount)
    {
        using var folder = new PrivateFolder();
        string group = StaleTraceFs.NamePrefix + Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "_trial";
        var trial = new Command("sh", "-c", Trial, "trial", group, folder.Copy("/bin/true"))
        {
            Directory = mount.Root,
            Timeout = s_patience,
        };
        try
        {
            CommandResult result = CommandRunner.Run(trial);
            return result.ExitStatus == 0 ? null : $"The kernel's tracing does not work: {result.Errors.Trim()}";
        }
        catch (TimeoutException stuck)
        {
            return $"The kernel's tracing does not answer: {stuck.Message}";
        }
    }
}
