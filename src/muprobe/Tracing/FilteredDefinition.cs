namespace ManagedUprobe.Command.Tracing;

/// <summary>One definition, and the filter that goes with it.</summary>
/// <param name="Text">The definition.</param>
/// <param name="Filter">--filter; null when there is none.</param>
internal sealed record FilteredDefinition(string Text, string? Filter);
