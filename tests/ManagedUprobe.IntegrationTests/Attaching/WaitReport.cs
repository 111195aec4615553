using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace ManagedUprobe.IntegrationTests.Attaching;

/// <summary>What one thread of the fixture <c>waits</c> saw of its system call.</summary>
internal sealed record WaitReport(string Name, long Count, long Eintr, long Wrong, long EarlyUs, long LateUs, long LatestUs, long LatestEintrUs)
{
    /// <summary>The lines that the fixture ends with, by the name of the wait.</summary>
    public static Dictionary<string, WaitReport> ParseAll(string output)
    {
        return output.Split('\n')
            .Where(line => line.Contains(" eintr=", StringComparison.Ordinal))
            .Select(Parse)
            .ToDictionary(report => report.Name, StringComparer.Ordinal);
    }

    /// <summary>The same without so many EINTRs.</summary>
    public WaitReport WithoutEintr(long count) => this with { Eintr = Math.Max(0, Eintr - count) };

    private static WaitReport Parse(string line)
    {
        string[] fields = line.Split(' ');
        long[] numbers = [.. fields[1..].Select(field => long.Parse(field[(field.IndexOf('=', StringComparison.Ordinal) + 1)..], CultureInfo.InvariantCulture))];
        return new WaitReport(fields[0], numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6]);
    }
}
