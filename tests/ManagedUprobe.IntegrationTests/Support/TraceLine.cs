using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;

namespace ManagedUprobe.IntegrationTests.Support;

/// <summary>One line of <c>trace_pipe</c>.</summary>
internal sealed partial record TraceLine(string Comm, int Tid, int Cpu, string Flags, string Time, string Event, string Text)
{
    /// <summary>The event and its text, as compared between the backends.</summary>
    public string Content => $"{Event}: {Text}";

    public static IReadOnlyList<TraceLine> ParseAll(string text)
    {
        return [.. text.Split('\n').Select(Parse).OfType<TraceLine>()];
    }

    public static TraceLine? Parse(string line)
    {
        Match match = Line().Match(line);
        return match.Success
            ? new TraceLine(
                match.Groups[1].Value,
                int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture),
                int.Parse(match.Groups[3].Value, CultureInfo.InvariantCulture),
                match.Groups[4].Value,
                match.Groups[5].Value,
                match.Groups[6].Value,
                match.Groups[7].Value)
            : null;
    }

    [GeneratedRegex(@"^ *(.+)-(\d+) +\[(\d+)\] (\S+) +(\d+\.\d+): (\w+): (.*)$")]
    private static partial Regex Line();
}
