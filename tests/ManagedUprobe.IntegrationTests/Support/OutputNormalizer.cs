using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;

namespace ManagedUprobe.IntegrationTests.Support;

/// <summary>Takes out of a text what differs between two runs of anything.</summary>
internal static partial class OutputNormalizer
{
    /// <summary>Event text without addresses of the process image, which the kernel randomises.</summary>
    public static IReadOnlyList<string> MaskAddresses(IEnumerable<TraceLine> lines)
    {
        return [.. lines.Select(line => Address().Replace(line.Content, "ADDRESS"))];
    }

    public static IReadOnlyList<string> Contents(IEnumerable<TraceLine> lines)
    {
        return [.. lines.Select(line => line.Content)];
    }

    /// <summary>Listings of <c>/proc/self</c> without process ids, pipe numbers, times of the listing.</summary>
    public static string MaskProcesses(string text)
    {
        text = Listing().Replace(text, "$1 TIME $2");
        text = QueuedSignals().Replace(text, "SigQ:\tN/");
        text = Dispositions().Replace(text, match => WithoutTrap(match.Value));
        text = PipeNumber().Replace(text, "$1:[N]");
        return ProcessFolder().Replace(text, "/proc/N");
    }

    // The kernel shows the handler that makes a target survive us; what the program is told by sigaction is what counts.
    private static string WithoutTrap(string line)
    {
        const ulong SigTrapBit = 1UL << (5 - 1);
        ulong set = ulong.Parse(line.AsSpan(line.IndexOf('\t') + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"{line[..(line.IndexOf('\t') + 1)]}{set & ~SigTrapBit:x16}");
    }

    // Twelve digits: a PIE, a library, a stack; 0x55… 0x7f…; and nothing that a fixture passes as a number.
    [GeneratedRegex("0x[57][0-9a-f]{11}")]
    private static partial Regex Address();

    [GeneratedRegex(@"(?m)^([dlrwxcps-]{10}\S* +\d+ \S+ +\S+ +\d+) \w+ +\d+ +[\d:]+ (.*)$")]
    private static partial Regex Listing();

    // Counted for all processes of the user.
    [GeneratedRegex(@"SigQ:\t\d+/")]
    private static partial Regex QueuedSignals();

    [GeneratedRegex(@"(SigIgn|SigCgt):\t[0-9a-f]{16}")]
    private static partial Regex Dispositions();

    [GeneratedRegex(@"\b(pipe|socket|anon_inode):\[\d+\]")]
    private static partial Regex PipeNumber();

    [GeneratedRegex(@"/proc/\d+")]
    private static partial Regex ProcessFolder();
}
