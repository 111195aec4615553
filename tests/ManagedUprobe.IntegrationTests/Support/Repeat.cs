using System;
using System.Collections.Generic;
using System.Linq;

namespace ManagedUprobe.IntegrationTests.Support;

/// <summary>How often a repeated test runs: always so often, and more (or larger) when MUPROBE_LONG is 1.</summary>
internal static class Repeat
{
    public static bool Long { get; } = Environment.GetEnvironmentVariable("MUPROBE_LONG") == "1";

    public static int Choose(int always, int inLongRuns)
    {
        return Long ? inLongRuns : always;
    }

    /// <summary>The numbers of the runs, for a failure's message.</summary>
    public static IEnumerable<int> Runs(int always, int inLongRuns)
    {
        return Enumerable.Range(1, Choose(always, inLongRuns));
    }
}
