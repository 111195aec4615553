using System;
using System.Linq;
using System.Text.RegularExpressions;

namespace ManagedUprobe.IntegrationTests.Conformance;

/// <summary>
/// Where the answers of older 6.18 kernels differ from those of 6.18.44, which are ours. On the latter there is no known difference.
/// </summary>
internal static partial class KnownDifferences
{
    /// <summary>What explains a difference on an older kernel; null when nothing does.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="ours">Our answer.</param>
    public static string? Explain(string text, string ours) =>
        ours.Contains("Invalid $-variable specified", StringComparison.Ordinal) ? "the message has a slip of the pen"
        : OpenQuote().IsMatch(text) ? "a quote that is not closed is taken for an empty string"
        : ours.Contains("Event too big", StringComparison.Ordinal) ? "the sum of fixed sizes has no limit"
        : ours.Contains("BTF is not available", StringComparison.Ordinal) || BareWord().IsMatch(text) ? "with BTF, words and casts have other errors, and name the argument"
        : text.Split('\n').Any(line => line.TrimStart() is ['-' or '!', ..] && line.Contains('=', StringComparison.Ordinal)) ? "a long argument never matches in a deletion"
        : null;

    [GeneratedRegex(@"\\""(?=[\s:)\xa0]|$)")]
    private static partial Regex OpenQuote();

    [GeneratedRegex(@"[\s\xa0=(](?:[A-Za-z_\xc0-\xff][^\s\xa0=()]*|\()(?=[\s\xa0:)]|$)")]
    private static partial Regex BareWord();
}
