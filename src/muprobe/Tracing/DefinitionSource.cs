namespace ManagedUprobe.Command.Tracing;

/// <summary>One -e, -f or --filter, in the order given.</summary>
/// <param name="Kind">Which of them.</param>
/// <param name="Text">The definition, the file's name ("-": standard input), or the filter.</param>
internal sealed record DefinitionSource(DefinitionKind Kind, string Text);
