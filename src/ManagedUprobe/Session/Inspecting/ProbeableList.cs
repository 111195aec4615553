using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using ManagedUprobe.Arch.X64;
using ManagedUprobe.Elf;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Session.Inspecting;

/// <summary>Reads what can be probed by name: functions and USDT markers, by file offset.</summary>
internal static class ProbeableList
{
    /// <summary>The places of a file whose names match.</summary>
    /// <param name="path">The file, as this process sees it, or a name as definitions have it: of a library, or of a program in PATH.</param>
    /// <param name="pattern">A name with * and ?, perhaps with a version; null for all.</param>
    /// <exception cref="UprobeException">The file is no program or library for x86-64, or has nothing that matches.</exception>
    public static IReadOnlyList<Probeable> OfFile(string path, string? pattern)
    {
        using var file = ElfFile.Open(Locate(path));
        List<Probeable> places = Read(file, pattern);
        return places.Count > 0 ? places : throw new UprobeException(Errno.ENOENT, Complain(file, pattern));
    }

    /// <summary>The places of all files that a process maps executable, by path; files that offer nothing that matches are left out unless there is a problem with them.</summary>
    /// <exception cref="UprobeException">There is no such process, it may not be looked at, or nothing matches.</exception>
    public static IReadOnlyList<ProbeableFile> OfProcess(int pid, string? pattern)
    {
        var files = TargetMappings.Read(pid).Files
            .Select(file => Inspect(file, pattern))
            .Where(file => file.Places.Count > 0 || file.Problem != null)
            .OrderBy(file => file.Path, StringComparer.Ordinal)
            .ToList();
        return files.Any(file => file.Places.Count > 0)
            ? files
            : throw new UprobeException(Errno.ENOENT, $"process {pid}: no function or marker '{pattern ?? "*"}' in the files that it maps executable");
    }

    private static string Locate(string path)
    {
        if (path.Contains('/', StringComparison.Ordinal) || File.Exists(path))
        {
            return path;
        }

        using var view = TargetView.OfHost();
        return view.ResolvePath(path) is { } found ? view.HostPath(found) : path;
    }

    private static ProbeableFile Inspect(TargetFile target, string? pattern)
    {
        try
        {
            using var file = ElfFile.Open(target.HostPath);
            List<Probeable> places = Read(file, pattern);
            bool isBare = places.Count == 0 && !file.HasFunctions;
            return new ProbeableFile(target.Path, places, isBare ? "no function symbols (it is stripped)" : null);
        }
        catch (UprobeException error)
        {
            return new ProbeableFile(target.Path, [], error.Message.Replace(target.HostPath + ": ", string.Empty, StringComparison.Ordinal));
        }
    }

    private static List<Probeable> Read(ElfFile file, string? pattern)
    {
        IReadOnlyList<FileRange> code = file.ExecutableSegments;
        IEnumerable<Probeable> functions = Functions(file, pattern).Select(symbol => new Probeable(
            symbol.FullName,
            symbol.Offset,
            symbol.Size,
            symbol.IsIndirect ? ProbeableKind.IndirectFunction : ProbeableKind.Function));
        return functions.Concat(Markers(file, pattern))
            .Where(place => code.Any(range => range.Contains(place.Offset)))
            .OrderBy(place => place.Offset)
            .ThenBy(place => place.Name, StringComparer.Ordinal)
            .Select(place => place with { Refusal = RefusalAt(file, place.Offset) })
            .ToList();
    }

    // Every version of a name, where a probe by that name would mean the default one.
    private static IEnumerable<ElfSymbol> Functions(ElfFile file, string? pattern)
    {
        IReadOnlyList<ElfSymbol> all = file.ListFunctions();
        if (pattern is null)
        {
            return all;
        }

        var wanted = SymbolPattern.Parse(pattern);
        var exact = all.Where(symbol => Matches(wanted, symbol, literal: true)).ToList();
        return exact.Count > 0 || !wanted.IsGlob ? exact : all.Where(symbol => Matches(wanted, symbol, literal: false));
    }

    private static bool Matches(SymbolPattern wanted, ElfSymbol symbol, bool literal) =>
        wanted.MatchesName(Encoding.UTF8.GetBytes(symbol.Name), literal)
        && wanted.MatchesVersion(Encoding.UTF8.GetBytes(symbol.Version ?? string.Empty), symbol.IsDefaultVersion);

    private static IEnumerable<Probeable> Markers(ElfFile file, string? pattern)
    {
        var wanted = SymbolPattern.Parse(pattern ?? "*");
        return file.SdtMarkers
            .Where(marker => Matches(wanted, marker.Name) || Matches(wanted, $"{marker.Provider}:{marker.Name}"))
            .Select(marker => new Probeable($"{marker.Provider}:{marker.Name}", marker.Offset, 0, ProbeableKind.Marker)
            {
                Arguments = marker.Arguments,
                SemaphoreOffset = marker.SemaphoreOffset,
            });
    }

    private static bool Matches(SymbolPattern wanted, string name) =>
        !wanted.HasVersion && wanted.MatchesName(Encoding.UTF8.GetBytes(name), literal: false);

    private static string? RefusalAt(ElfFile file, ulong offset)
    {
        Span<byte> bytes = stackalloc byte[InsnAnalyzer.MaxBytes];
        int length = file.ReadAt(offset, bytes);
        return InsnAnalyzer.Analyze(bytes[..length], file.Mode).Refusal.Reason;
    }

    private static string Complain(ElfFile file, string? pattern)
    {
        if (file.HasFunctions && pattern != null)
        {
            return SymbolSuggestions.Complain(file, pattern);
        }

        string markers = file.SdtMarkers.Count > 0 ? "no USDT marker of that name" : "no USDT markers";
        return $"{file.Name}: no function symbols (it is stripped), {markers}; a probe needs a file offset";
    }
}
