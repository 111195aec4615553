namespace ManagedUprobe.Session.Inspecting;

/// <summary>A place in a file that has a name.</summary>
/// <param name="Name">Function with its version (<c>malloc@@GLIBC_2.2.5</c>), or <c>provider:marker</c>.</param>
/// <param name="Offset">File offset of its first instruction.</param>
/// <param name="Size">Bytes; 0 when the file does not tell, and for markers.</param>
/// <param name="Kind">What it is.</param>
internal sealed record Probeable(string Name, ulong Offset, ulong Size, ProbeableKind Kind)
{
    /// <summary>Why its first instruction cannot be probed; null when it can.</summary>
    public string? Refusal { get; init; }

    /// <summary>A marker's arguments as the assembler wrote them; empty for functions.</summary>
    public string Arguments { get; init; } = string.Empty;

    /// <summary>File offset of the counter that enables a marker; 0 when it has none.</summary>
    public ulong SemaphoreOffset { get; init; }
}
