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
        string[] files = [.. All.Where(path => IsLoadable(path) && new FileInfo(path).Length < 40 << 20)];
        int step = Math.Max(1, files.Length / count);
        return files.Where((_, index) => index % step == 0).Append(Libc).Distinct();
    }

    public static bool IsElf(string path) => Start(path) is [0x7f, (byte)'E', (byte)'L', (byte)'F', ..];

    // e_type: ET_EXEC or ET_DYN.
    private static bool IsLoadable(string path) => IsElf(path) && Start(path) is [.., 2 or 3, 0];

    private static byte[] Start(string path)
    {
        byte[] start = new byte[18];
        using FileStream stream = File.OpenRead(path);
        return start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
    }
}
