using System;
using System.Globalization;

namespace ManagedUprobe.IntegrationTests.Conformance;

/// <summary>Where random tests start: a new place each time, or what MUPROBE_SEED says.</summary>
internal static class FuzzSeed
{
    public static int First { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("MUPROBE_SEED"), CultureInfo.InvariantCulture, out int seed)
            ? seed
            : Environment.TickCount & 0x3fff_ffff;

    /// <summary>What a failure says: the environment with which its first episode is the failing one.</summary>
    public static string Reproduce(int episode) => string.Create(CultureInfo.InvariantCulture, $"MUPROBE_SEED={First + episode} reproduces it");
}
