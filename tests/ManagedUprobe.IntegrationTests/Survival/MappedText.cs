using System;
using System.Globalization;
using System.IO;

namespace ManagedUprobe.IntegrationTests.Survival;

/// <summary>The executable mappings of files in a process, compared with the files.</summary>
internal static class MappedText
{
    private const int PathField = 5;

    /// <summary>The first mapping whose bytes are not those of its file, with the place; null when all are.</summary>
    public static string? FindDifference(int pid)
    {
        using FileStream memory = File.OpenRead($"/proc/{pid}/mem");
        foreach (string line in ReadLines(pid))
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length > PathField && fields[1] == "r-xp" && fields[PathField][0] == '/' && FindDifference(memory, fields) is { } place)
            {
                return $"{fields[PathField]}:0x{place:x}";
            }
        }

        return null;
    }

    private static string[] ReadLines(int pid)
    {
        string[] lines = File.ReadAllLines($"/proc/{pid}/maps");
        return lines.Length > 0 ? lines : throw new IOException($"process {pid} has ended");
    }

    private static long? FindDifference(FileStream memory, string[] fields)
    {
        string[] range = fields[0].Split('-');
        long start = long.Parse(range[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        long end = long.Parse(range[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        long offset = long.Parse(fields[2], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        byte[] expected = new byte[end - start];
        byte[] found = new byte[end - start];
        using FileStream file = File.OpenRead(fields[PathField]);
        file.Position = offset;
        _ = file.ReadAtLeast(expected, expected.Length, throwOnEndOfStream: false);
        memory.Position = start;
        memory.ReadExactly(found);
        int common = expected.AsSpan().CommonPrefixLength(found);
        return common == found.Length ? null : offset + common;
    }
}
