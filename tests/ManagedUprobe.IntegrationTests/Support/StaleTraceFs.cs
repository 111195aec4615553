using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;

namespace ManagedUprobe.IntegrationTests.Support;

/// <summary>Removes what test processes that are dead left in the kernel: instances, events, mounts.</summary>
internal static class StaleTraceFs
{
    /// <summary>Followed by the owner's process id and an underscore.</summary>
    public const string NamePrefix = "mufx";

    public static void Clean(TraceFsMount mount)
    {
        foreach (string instance in Directory.GetDirectories(mount["instances"]).Where(path => IsStale(Path.GetFileName(path))))
        {
            Directory.Delete(instance);
        }

        foreach (string line in File.ReadLines(mount["uprobe_events"]).ToList())
        {
            string name = line[2..].Split(' ')[0];
            if (IsStale(name))
            {
                using var events = new FileStream(mount["uprobe_events"], FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0);
                events.Write(Encoding.ASCII.GetBytes($"-:{name}\n"));
            }
        }

        foreach (string folder in Directory.GetDirectories(Path.GetTempPath(), NamePrefix + "*").Where(path => IsStale(Path.GetFileName(path))))
        {
            CommandRunner.Run("umount", "--lazy", folder);
            Directory.Delete(folder);
        }
    }

    private static bool IsStale(string name)
    {
        if (!name.StartsWith(NamePrefix, StringComparison.Ordinal))
        {
            return false;
        }

        string owner = name[NamePrefix.Length..].Split('_')[0];
        return int.TryParse(owner, CultureInfo.InvariantCulture, out int pid) && !Directory.Exists($"/proc/{pid}");
    }
}
