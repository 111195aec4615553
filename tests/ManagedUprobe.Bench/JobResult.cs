using System;
using System.Globalization;
using System.Linq;

namespace ManagedUprobe.Bench;

/// <summary>A program that has run.</summary>
/// <param name="Wall">From before its start to after its end.</param>
/// <param name="Output">What it wrote to standard output.</param>
/// <param name="Errors">What it wrote to standard error.</param>
internal sealed record JobResult(TimeSpan Wall, string Output, string Errors)
{
    public double Nanoseconds => Wall.Ticks * (double)TimeSpan.NanosecondsPerTick;

    /// <summary>The number behind a word at the start of a line of either stream.</summary>
    public double NumberAfter(string word) =>
        double.Parse(
            (Output + "\n" + Errors).Split('\n').Last(line => line.StartsWith(word + " ", StringComparison.Ordinal))[(word.Length + 1)..],
            CultureInfo.InvariantCulture);
}
