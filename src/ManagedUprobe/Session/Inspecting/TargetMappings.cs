using System.Collections.Generic;
using System.IO;
using System.Linq;
using ManagedUprobe.Elf;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;
using ManagedUprobe.ProcFs;
using ManagedUprobe.Session.Gates;
using ManagedUprobe.Uprobes;
using Mono.Unix.Native;

namespace ManagedUprobe.Session.Inspecting;

/// <summary>What a running process maps executable from files. A snapshot: nobody is stopped or changed by looking.</summary>
internal sealed class TargetMappings
{
    private readonly List<VmArea> _areas;
    private readonly FileAliases _aliases = new();

    private TargetMappings(int pid, List<VmArea> areas)
    {
        Pid = pid;
        _areas = areas;
    }

    /// <summary>The process.</summary>
    public int Pid { get; }

    /// <summary>Its name.</summary>
    public string Name => ProcFile.Status(Pid).Name;

    /// <summary>The files, each once, in order of address. One that was deleted or replaced cannot be opened by its path.</summary>
    public IReadOnlyList<TargetFile> Files => _areas
        .DistinctBy(area => area.File)
        .Select(area => new TargetFile(area.Path, FileAliases.PathOf(area, Pid)))
        .ToList();

    /// <summary>Reads the mappings of a process.</summary>
    /// <exception cref="UprobeException">There is no such process, it may not be looked at, or it has no memory of its own (a zombie, a kernel thread).</exception>
    public static TargetMappings Read(int pid)
    {
        List<VmArea> all = ProcFile.Maps(pid);
        return all.Count > 0
            ? new TargetMappings(pid, all.Where(area => area.ValidVma).ToList())
            : throw AttachRefusal.Explain(pid, ProcFile.Status(pid), Errno.EACCES);
    }

    /// <summary>Where a byte of a file is mapped.</summary>
    public IReadOnlyList<ulong> Find(FileIdentity file, ulong offset) => _areas
        .Where(area => area.ContainsOffset(offset) && _aliases.Resolve(area, Pid) == file)
        .Select(area => area.OffsetToVaddr(offset))
        .ToList();

    /// <summary>Whether another file than this one is mapped under its path: the file was replaced after the process mapped it.</summary>
    /// <param name="path">The path as the process sees it.</param>
    /// <param name="file">The file that the path leads to now.</param>
    public bool MapsOtherGeneration(string path, FileIdentity file)
    {
        string full = Path.GetFullPath(path);
        return _areas.Exists(area => area.Path == full + " (deleted)" && _aliases.Resolve(area, Pid) != file);
    }

    /// <summary>Why the process may not be traced, and what would help; null when nothing forbids it.</summary>
    public string? WhyRefused() => Pid == Libc.GetPid() ? "a process cannot trace itself" : TracingGates.WhyRefused(Pid);
}
