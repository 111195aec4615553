namespace ManagedUprobe.Command.Tracing;

/// <summary>One -e or -f, in the order given.</summary>
/// <param name="Kind">Which of the two.</param>
/// <param name="Text">The definition, or the file's name ("-": standard input).</param>
internal sealed record DefinitionSource(DefinitionKind Kind, string Text);
