using System;
using System.Globalization;
using System.IO;

namespace ManagedUprobe.Bench;

/// <summary>Checks that every line was written, and holds what it must.</summary>
internal static class LineCheck
{
    public static void Run(string path, ExpectedLines expected)
    {
        long count = 0;
        foreach (string line in File.ReadLines(path))
        {
            CheckLine(line, expected.Parts, count / Math.Max(1, expected.LinesPerHit));
            count++;
        }

        if (count != expected.Count)
        {
            throw new WrongOutputException($"{count} lines, not {expected.Count}");
        }
    }

    private static void CheckLine(string line, string[] parts, long hit)
    {
        int at = 0;
        foreach (string part in parts)
        {
            string wanted = string.Format(CultureInfo.InvariantCulture, part, hit, 2 * hit);
            int found = line.IndexOf(wanted, at, StringComparison.Ordinal);
            if (found < 0)
            {
                throw new WrongOutputException($"line of hit {hit} lacks '{wanted}': {line}");
            }

            at = found + wanted.Length;
        }
    }
}
