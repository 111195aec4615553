using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace ManagedUprobe.Tests.Elf;

/// <summary>Real files of the machine.</summary>
internal static class SystemFiles
{
    public const string Libraries = "/usr/lib/x86_64-linux-gnu";

    public static string Libc => new[] { $"{Libraries}/libc.so.6", "/usr/lib64/libc.so.6", "/lib/libc.so.6" }.First(File.Exists);

    /// <summary>All libraries and programs, links left out.</summary>
    public static IEnumerable<string> All =>
        new[] { Libraries, "/usr/bin" }
            .Where(Directory.Exists)
            .SelectMany(Directory.EnumerateFiles)
            .Where(path => new FileInfo(path).LinkTarget is null)
            .Order(StringComparer.Ordinal);

    /// <summary>ELF files spread over <see cref="All"/>, none larger than 40 MiB.</summary>
    public static IEnumerable<string> Sample(int count)
    {
        string[] files = [.. All.Where(path => IsElf(path) && !path.EndsWith(".o", StringComparison.Ordinal) && new FileInfo(path).Length < 40 << 20)];
        int step = Math.Max(1, files.Length / count);
        return files.Where((_, index) => index % step == 0).Append(Libc).Distinct();
    }

    public static bool IsElf(string path)
    {
        Span<byte> start = stackalloc byte[4];
        using FileStream stream = File.OpenRead(path);
        return stream.Read(start) == 4 && start.SequenceEqual("\u007fELF"u8);
    }
}
