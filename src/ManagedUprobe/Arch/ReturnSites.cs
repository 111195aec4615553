using System.Collections.Generic;

namespace ManagedUprobe.Arch;

/// <summary>Where a function returns; or why that cannot be told.</summary>
/// <param name="Vaddrs">Addresses of its return instructions, ascending; none in a function that never returns.</param>
/// <param name="Refusal">Why the function may leave in other ways; null when these instructions are all.</param>
internal sealed record ReturnSites(IReadOnlyList<ulong> Vaddrs, string? Refusal)
{
    /// <summary>Whether the function leaves by these instructions alone.</summary>
    public bool IsComplete => Refusal == null;

    /// <summary>Whether it goes back to its first instruction by a jump: an entry without a call.</summary>
    public bool JumpsToStart { get; init; }

    public static ReturnSites Refuse(string why) => new([], why);
}
