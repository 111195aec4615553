using System.Collections.Generic;

namespace ManagedUprobe.Uprobes;

/// <summary>How the returns of a probed function are caught.</summary>
/// <param name="UsesSites">At its return instructions, where nothing on any stack is touched; otherwise by a replaced return address.</param>
/// <param name="Offsets">File offsets of the return instructions.</param>
/// <param name="Reason">Why not at return instructions; null when it is, or when nobody asked.</param>
internal sealed record ReturnPlan(bool UsesSites, IReadOnlyList<ulong> Offsets, string? Reason)
{
    /// <summary>Whether the program moves its stacks while calls are pending on them (Go): calls are told apart by routine and depth, and no return address may be replaced.</summary>
    public bool StacksMove { get; init; }

    /// <summary>Whether the function returns its own return address (32-bit code asks so where it is): that may not be replaced, whoever asks for it.</summary>
    public bool ReadsReturnAddress { get; init; }

    /// <summary>By a replaced return address.</summary>
    public static ReturnPlan Hijack(string? reason) => new(false, [], reason);

    /// <summary>At return instructions.</summary>
    public static ReturnPlan Sites(IReadOnlyList<ulong> offsets) => new(true, offsets, null);
}
