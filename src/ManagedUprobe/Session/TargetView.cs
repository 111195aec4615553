using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using ManagedUprobe.Elf;
using ManagedUprobe.Events;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;
using ManagedUprobe.ProcFs;
using Mono.Unix.Native;

namespace ManagedUprobe.Session;

/// <summary>Files, libraries, programs and symbols as a target sees them: paths in definitions are those of the target's root. Any thread, one at a time.</summary>
internal sealed class TargetView : IProbeFiles, ISymbolResolver, IDisposable
{
    private readonly TargetRoot _root;
    private readonly Lazy<LibraryResolver> _libraries;
    private readonly string? _searchPath;
    private readonly int _pid;
    private readonly ElfCache _elf = new();

    private TargetView(TargetRoot root, Func<TargetRoot, string?> programPath, string? libraryPath, string? searchPath, int pid)
    {
        _root = root;
        _searchPath = searchPath;
        _pid = pid;
        _libraries = new Lazy<LibraryResolver>(() => new LibraryResolver(root, programPath(root), libraryPath));
    }

    /// <summary>The view of a program that is about to be started by this process.</summary>
    public static TargetView OfProgram(LaunchRequest request) => new(
        OwnRoot(),
        root => ProgramOf(root, Encoding.UTF8.GetString(request.Path)),
        Variable(request.Environment, "LD_LIBRARY_PATH"),
        Environment.GetEnvironmentVariable("PATH"),
        pid: 0);

    /// <summary>The view of a running process.</summary>
    public static TargetView OfProcess(int pid) => new(
        IsHostRoot(pid) ? OwnRoot() : new TargetRoot(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/root"), "/"),
        _ => Libc.ReadLink(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/exe")),
        libraryPath: null,
        Environment.GetEnvironmentVariable("PATH"),
        pid);

    /// <summary>The view of this process, for when there is no target yet.</summary>
    public static TargetView OfHost() => new(
        OwnRoot(), _ => null, libraryPath: null, Environment.GetEnvironmentVariable("PATH"), pid: 0);

    /// <summary>The path by which this process opens what a definition calls <paramref name="path"/>.</summary>
    public string HostPath(string path) => _root.Locate(KernelText.ToUnicode(path)).HostPath;

    /// <summary>A file with its symbols, by the path that this process opens it by; valid until the next call.</summary>
    /// <exception cref="UprobeException">It cannot be opened, or is none that can be probed.</exception>
    public ElfFile OpenElf(string hostPath) => _elf.Open(hostPath);

    /// <inheritdoc/>
    public Errno Inspect(string path, out ProbeFile file)
    {
        Errno errno = Libc.Stat(HostPath(path), out FileStat stat);
        file = errno == 0 ? new ProbeFile(stat.Identity, stat.IsRegular, stat.Size) : default;
        return errno;
    }

    /// <inheritdoc/>
    public string? ResolvePath(string name)
    {
        if (MappedFile(name) is { } mapped)
        {
            return mapped;
        }

        if (_libraries.Value.TryFind(name) is { } library)
        {
            return library.Path;
        }

        try
        {
            return new ProgramResolver(_root).Find(name, _searchPath).Path;
        }
        catch (UprobeException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<ResolvedSymbol> ResolveSymbol(string path, string symbolPattern)
    {
        ElfFile file = OpenElf(_root.Locate(path).HostPath);
        var found = new List<ResolvedSymbol>();
        foreach (ElfSymbol symbol in file.FindFunctions(symbolPattern))
        {
            found.Add(new ResolvedSymbol(symbol.Name, symbol.Offset, symbol.IsIndirect));
        }

        return found;
    }

    /// <summary>Closes what is held open.</summary>
    public void Dispose() => _elf.Dispose();

    // What a running target has mapped is what is meant, wherever its linker found it.
    private string? MappedFile(string name)
    {
        if (_pid == 0)
        {
            return null;
        }

        foreach (VmArea area in ProcFile.Maps(_pid))
        {
            if (area.File.Inode != 0 && !area.IsDeleted && Path.GetFileName(area.Path.AsSpan()).SequenceEqual(name))
            {
                return area.Path;
            }
        }

        return null;
    }

    private static string? ProgramOf(TargetRoot root, string path)
    {
        try
        {
            return new ProgramResolver(root).FollowScripts(root.Locate(path)).Path;
        }
        catch (UprobeException)
        {
            // Not executable: starting it will say so.
            return null;
        }
    }

    private static TargetRoot OwnRoot() => new(string.Empty, Environment.CurrentDirectory);

    private static bool IsHostRoot(int pid) =>
        Libc.Stat(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/root/."), out FileStat target) != 0
        || (Libc.Stat("/", out FileStat own) == 0 && target.Identity == own.Identity);

    private static string? Variable(IReadOnlyList<byte[]> environment, string name)
    {
        byte[] prefix = Encoding.UTF8.GetBytes(name + "=");
        foreach (byte[] variable in environment)
        {
            if (variable.AsSpan().StartsWith(prefix))
            {
                return Encoding.UTF8.GetString(variable.AsSpan(prefix.Length));
            }
        }

        return null;
    }
}
