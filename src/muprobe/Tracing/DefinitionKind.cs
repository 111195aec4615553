namespace ManagedUprobe.Command.Tracing;

/// <summary>Where a definition comes from.</summary>
internal enum DefinitionKind
{
    /// <summary>-e: the argument is a definition.</summary>
    Event,

    /// <summary>-f: the argument names a file of definitions.</summary>
    File,

    /// <summary>--filter: the argument is a filter.</summary>
    Filter,
}
