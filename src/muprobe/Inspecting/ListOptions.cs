namespace ManagedUprobe.Command.Inspecting;

/// <summary>What list was asked for.</summary>
/// <param name="Path">-x; null with a pid.</param>
/// <param name="Pid">-p; null with a path.</param>
/// <param name="Pattern">Names wanted, with * and ?; null for all.</param>
internal sealed record ListOptions(string? Path, int? Pid, string? Pattern);
