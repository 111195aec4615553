namespace ManagedUprobe.Session;

/// <summary>What was put right in a process that a dead tracer had left probed.</summary>
/// <param name="Breakpoints">Instructions that have their first byte again.</param>
/// <param name="Returns">Return addresses that are the program's own again.</param>
/// <param name="HasActionBack">Whether SIGTRAP has the program's own action again.</param>
/// <param name="IsUnmapped">Whether the tracer's memory is gone.</param>
/// <param name="Left">Why something is as it was; null when everything is right.</param>
internal sealed record RepairReport(int Breakpoints, int Returns, bool HasActionBack, bool IsUnmapped, string? Left)
{
    /// <summary>Whether there was nothing to put right.</summary>
    public bool IsEmpty => Left == null && Breakpoints == 0 && Returns == 0 && !HasActionBack && !IsUnmapped;
}
