using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Support;

/// <summary>The live kernel as the oracle: a tracefs mount and a tracing instance of our own, events in a group of our own.</summary>
internal sealed class TraceFsOracle : IDisposable
{
    private static readonly Lazy<string?> s_whyNot = new(FindWhyNot);
    private static int s_count;

    private readonly TraceFsMount _mount = new();
    private readonly string _group;
    private readonly string _instance;

    private TraceFsOracle()
    {
        string unique = Interlocked.Increment(ref s_count).ToString(CultureInfo.InvariantCulture);
        _group = StaleTraceFs.NamePrefix + Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "_" + unique;
        _instance = _mount["instances/" + _group];
        Directory.CreateDirectory(_instance);
    }

    /// <summary>Why there is no oracle here; null when there is one.</summary>
    public static string? WhyNot => s_whyNot.Value;

    /// <summary>Skips the calling test where the kernel cannot serve.</summary>
    public static TraceFsOracle Open()
    {
        Assert.SkipUnless(WhyNot is null, WhyNot ?? "");
        return new TraceFsOracle();
    }

    /// <summary>Runs a command and gives the hits alone; nothing is recorded, so nothing can overflow.</summary>
    public TraceRun Count(IReadOnlyCollection<Probe> probes, Command command)
    {
        return Run(probes, command, record: false);
    }

    /// <summary>Runs a command and gives hits and lines.</summary>
    public TraceRun Record(IReadOnlyCollection<Probe> probes, Command command)
    {
        return Run(probes, command, record: true);
    }

    public void Dispose()
    {
        Undefine();
        TraceFsMount.RemoveInstance(_instance);
        _mount.Dispose();
    }

    private static string? FindWhyNot()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return "The kernel's own uprobes need root.";
        }

        if (!File.ReadAllText("/proc/filesystems").Contains("tracefs", StringComparison.Ordinal))
        {
            return "The kernel has no tracefs.";
        }

        using var mount = new TraceFsMount();
        if (mount.Failure is not null)
        {
            return $"tracefs cannot be mounted: {mount.Failure}";
        }

        if (!File.Exists(mount["uprobe_events"]))
        {
            return "The kernel has no uprobe events (CONFIG_UPROBE_EVENTS).";
        }

        if (OracleHealth.WhyNot(mount) is string unwell)
        {
            return unwell;
        }

        StaleTraceFs.Clean(mount);
        return null;
    }

    private TraceRun Run(IReadOnlyCollection<Probe> probes, Command command, bool record)
    {
        Write("tracing_on", record ? "1" : "0");
        foreach (Probe probe in probes)
        {
            WriteFile(_mount["uprobe_events"], probe.Definition(_group));
        }

        foreach (Probe probe in probes)
        {
            // Refused ones stay off: their count is 0, as it is for a user of the kernel.
            TryEnable(probe);
        }

        try
        {
            CommandResult result = CommandRunner.Run(command);
            var paths = probes.Select(probe => probe.Path).ToHashSet(StringComparer.Ordinal);
            string lines = record ? File.ReadAllText(Path.Combine(_instance, "trace"), Encoding.Latin1) : "";
            return new TraceRun(
                result,
                ReadProfile(paths, probes.Count),
                TraceLine.ParseAll(lines));
        }
        finally
        {
            Undefine();
            Write("trace", "");
        }
    }

    // Where others delete their events between two reads of the file, the kernel leaves out a line of those that stay.
    private IReadOnlyDictionary<string, long> ReadProfile(HashSet<string> paths, int events)
    {
        const int Tries = 20;
        for (int i = 1; ; i++)
        {
            IReadOnlyDictionary<string, long> hits = UprobeProfile.Parse(File.ReadAllText(_mount["uprobe_profile"]), paths.Contains);
            if (hits.Count >= events || i == Tries)
            {
                return hits;
            }
        }
    }

    private void TryEnable(Probe probe)
    {
        try
        {
            Write($"events/{_group}/{probe.Event}/enable", "1");
        }
        catch (IOException)
        {
            // What the kernel cannot probe it says here (or never, when nobody maps the file).
        }
    }

    private void Undefine()
    {
        string events = Path.Combine(_instance, "events", _group);
        if (!Directory.Exists(events))
        {
            return;
        }

        WriteFile(Path.Combine(events, "enable"), "0");
        foreach (string line in File.ReadLines(_mount["uprobe_events"]).ToList())
        {
            string name = line[2..].Split(' ')[0];
            if (name.StartsWith(_group + "/", StringComparison.Ordinal))
            {
                WriteFile(_mount["uprobe_events"], "-:" + name);
            }
        }
    }

    private void Write(string file, string text)
    {
        WriteFile(Path.Combine(_instance, file), text);
    }

    private static void WriteFile(string path, string text)
    {
        // Neither created nor truncated: truncating uprobe_events would delete everybody's events.
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        stream.Write(Encoding.ASCII.GetBytes(text + "\n"));
    }
}
