using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Elf;

/// <summary>Finds a library by its bare name (<c>libc.so.6</c>) as the dynamic linker of a target does.</summary>
internal sealed class LibraryResolver
{
    private const string CachePath = "/etc/ld.so.cache";
    private const string MuslPathFile = "/etc/ld-musl-x86_64.path";
    private const int MuslPathBytes = 64 * 1024;

    // musl is one file: these libraries are its dynamic linker.
    private static readonly string[] s_insideMusl = ["c.", "pthread.", "rt.", "m.", "dl.", "util.", "xnet."];

    private readonly TargetRoot _root;
    private readonly List<string> _early = [];
    private readonly string? _muslLinker;
    private readonly bool _ignoresDefaults;
    private readonly ExecutionMode _mode;

    /// <summary>Prepares the search for one target.</summary>
    /// <param name="root">The target's root.</param>
    /// <param name="programPath">Path of its program inside that root, for DT_RPATH and DT_RUNPATH; null when there is no program yet.</param>
    /// <param name="libraryPath">Its LD_LIBRARY_PATH; null when it has none.</param>
    public LibraryResolver(TargetRoot root, string? programPath, string? libraryPath)
    {
        _root = root;
        string? origin = programPath is null ? null : Path.GetDirectoryName(root.Locate(programPath).Path);
        List<string> environment = LinkerDirectories.Split(libraryPath, origin, ":;");
        using ElfFile? program = programPath is null ? null : TryOpen(root.Locate(programPath));
        _mode = program?.Mode ?? ExecutionMode.Bits64;
        string? interpreter = program?.Interpreter;
        _muslLinker = Path.GetFileName(interpreter ?? string.Empty).StartsWith("ld-musl-", StringComparison.Ordinal)
            ? interpreter
            : null;
        _ignoresDefaults = program?.IgnoresDefaultDirectories ?? false;

        // DT_RPATH goes before LD_LIBRARY_PATH (not in musl), DT_RUNPATH after it; with the second, the first does not count.
        List<string> own = LinkerDirectories.Split(program?.RunPath ?? program?.RPath, origin, ":");
        bool ownFirst = program is { RunPath: null } && _muslLinker is null;
        _early.AddRange(ownFirst ? own : environment);
        _early.AddRange(ownFirst ? environment : own);
    }

    /// <summary>Finds the library.</summary>
    /// <exception cref="UprobeException">ENOENT: there is none of that name for x86-64.</exception>
    public TargetFile Find(string name) => TryFind(name)
        ?? throw new UprobeException(Errno.ENOENT, $"{name}: no such library where the target's dynamic linker looks");

    /// <summary>Finds the library; null when there is none.</summary>
    public TargetFile? TryFind(string name)
    {
        if (name.Length == 0 || name.AsSpan().ContainsAny('/', '\0'))
        {
            return null;
        }

        return TryFindIn(_early, name) ?? (_muslLinker is null ? TryFindGlibc(name) : TryFindMusl(name, _muslLinker));
    }

    private TargetFile? TryFindGlibc(string name)
    {
        if (_ignoresDefaults)
        {
            return null;
        }

        var cache = LdSoCache.TryRead(_root.Locate(CachePath).HostPath);
        foreach (string path in cache?.Find(name, HardwareCapabilities.Levels) ?? [])
        {
            if (TryAccept(path) is { } file)
            {
                return file;
            }
        }

        // Without a program the target may also be one of musl.
        return TryFindIn(LinkerDirectories.GlibcDefaults, name) ?? TryFindIn(ReadMuslPath() ?? [], name);
    }

    private TargetFile? TryFindMusl(string name, string linker)
    {
        bool isLinker = name.StartsWith("lib", StringComparison.Ordinal)
            && Array.Exists(s_insideMusl, inside => name.AsSpan(3).StartsWith(inside));
        return isLinker ? TryAccept(linker) : TryFindIn(ReadMuslPath() ?? LinkerDirectories.MuslDefaults, name);
    }

    private TargetFile? TryFindIn(IReadOnlyList<string> directories, string name)
    {
        foreach (string directory in directories)
        {
            string start = directory.TrimEnd('/');
            if (_muslLinker is null && TryFindInLevels($"{start}/glibc-hwcaps", name) is { } special)
            {
                return special;
            }

            if (TryAccept($"{start}/{name}") is { } file)
            {
                return file;
            }
        }

        return null;
    }

    private TargetFile? TryFindInLevels(string directory, string name)
    {
        if (!Directory.Exists(_root.Locate(directory).HostPath))
        {
            return null;
        }

        foreach (string level in HardwareCapabilities.Levels)
        {
            if (TryAccept($"{directory}/{level}/{name}") is { } file)
            {
                return file;
            }
        }

        return null;
    }

    // The linker passes over libraries of another class or machine.
    private TargetFile? TryAccept(string path)
    {
        TargetFile file = _root.Locate(path);
        using ElfFile? library = TryOpen(file);
        return library?.Mode == _mode ? file : null;
    }

    private static ElfFile? TryOpen(TargetFile file)
    {
        if (!File.Exists(file.HostPath))
        {
            return null;
        }

        try
        {
            return ElfFile.Open(file.HostPath);
        }
        catch (UprobeException)
        {
            return null;
        }
    }

    private List<string>? ReadMuslPath()
    {
        string path = _root.Locate(MuslPathFile).HostPath;
        if (!File.Exists(path))
        {
            return null;
        }

        using var reader = new ElfReader(FileOpener.Open(path), path, ownsHandle: true);
        byte[] text = reader.ReadTable(0, Math.Min(reader.Length, MuslPathBytes), "the list of directories");
        var directories = new List<string>();
        foreach (string directory in LinkerDirectories.Split(Encoding.UTF8.GetString(text), null, ":\n"))
        {
            if (directory != ".")
            {
                directories.Add(directory);
            }
        }

        return directories;
    }
}
