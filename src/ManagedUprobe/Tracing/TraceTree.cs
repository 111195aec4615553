using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using ManagedUprobe.Events;
using ManagedUprobe.Output;
using ManagedUprobe.Primitives;
using ManagedUprobe.Tracing.Files;
using Mono.Unix.Native;

namespace ManagedUprobe.Tracing;

/// <summary>The tree of files over the state of one trace array.</summary>
internal sealed class TraceTree
{
    private readonly TraceFolder _root;

    /// <summary>Creates the tree.</summary>
    public TraceTree(TraceArray array) => _root = new TraceFolder("", () => [.. Events(array), .. Buffer(array)]);

    /// <summary>Finds a file or folder; empty parts of the path do not count.</summary>
    /// <param name="path">Path from the root, one byte a character.</param>
    /// <exception cref="UprobeException">ENOENT, ENOTDIR.</exception>
    public TraceNode Find(string path)
    {
        TraceNode node = _root;
        foreach (string part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (node is not TraceFolder folder)
            {
                throw new UprobeException(Errno.ENOTDIR, $"{KernelText.ToUnicode(path)}: {KernelText.ToUnicode(node.Name)} is not a folder");
            }

            node = folder.Find(part) ?? throw new UprobeException(Errno.ENOENT, $"{KernelText.ToUnicode(path)}: there is no such file");
        }

        return node;
    }

    /// <summary>Finds a file.</summary>
    /// <exception cref="UprobeException">ENOENT, ENOTDIR, EISDIR.</exception>
    public TraceFile File(string path) =>
        Find(path) as TraceFile ?? throw new UprobeException(Errno.EISDIR, $"{KernelText.ToUnicode(path)} is a folder");

    private static IEnumerable<TraceNode> Events(TraceArray array) =>
    [
        new EventListFile("uprobe_events", array, EventFile.UprobeEvents),
        new EventListFile("dynamic_events", array, EventFile.DynamicEvents),
        new ComputedFile("uprobe_profile", () => Profile(array)),
        new ErrorLogFile(array.ErrorLog),
        new ComputedFile("available_events", () => AvailableEvents(array)),
        new SetEventFile(array),
        new EventPidFile(array, notrace: false),
        new EventPidFile(array, notrace: true),
        EventsTree.Create(array),
    ];

    private static IEnumerable<TraceNode> Buffer(TraceArray array) =>
    [
        new TraceTextFile(array, cpu: -1),
        new TracePipeFile(array, cpu: -1),
        new SnapshotFile(array),
        new SwitchFile("tracing_on", () => array.IsOn, on => array.IsOn = on, strict: false),
        new TraceClockFile(array),
        new BufferSizeFile(array, cpu: -1),
        new ComputedFile("buffer_total_size_kb", () => TotalSize(array)),
        new ComputedFile("saved_cmdlines", () => array.Cmdlines.Text),
        new SavedCmdlinesSizeFile(array.Cmdlines),
        new TraceOptionsFile(array),
        new TraceFolder("options", () => Options(array)),
        PerCpuTree.Create(array),
    ];

    private static IEnumerable<TraceNode> Options(TraceArray array) => TraceOptionNames.All.Select(each =>
        new SwitchFile(each.Name, () => array.Has(each.Option), on => array.Set(each.Option, on), strict: true));

    private static string Profile(TraceArray array) =>
        string.Concat(array.Table.Probes.Select(probe => UprobeProfileFormatter.Line(probe) + "\n"));

    private static string AvailableEvents(TraceArray array) =>
        string.Concat(array.EventsNewestFirst.Select(file => file.Call.FullName + "\n"));

    private static string TotalSize(TraceArray array)
    {
        long pages = Enumerable.Range(0, array.StartBuffer().Cpus).Sum(cpu => (long)array.StartBuffer()[cpu].Pages);
        return string.Create(CultureInfo.InvariantCulture, $"{BufferSizeFile.Kilobytes(pages)}\n");
    }
}
