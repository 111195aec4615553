namespace ManagedUprobe.Events.Filters;

/// <summary>The operators of a predicate.</summary>
internal enum FilterOperator : byte
{
    /// <summary><c>~</c>: a text matches a pattern.</summary>
    Glob,

    /// <summary><c>!=</c>.</summary>
    NotEqual,

    /// <summary><c>==</c>.</summary>
    Equal,

    /// <summary><c>&lt;=</c>.</summary>
    LessOrEqual,

    /// <summary><c>&lt;</c>.</summary>
    Less,

    /// <summary><c>&gt;=</c>.</summary>
    GreaterOrEqual,

    /// <summary><c>&gt;</c>.</summary>
    Greater,

    /// <summary><c>&amp;</c>: they have a bit in common.</summary>
    And,
}
