using System.Collections.Immutable;

namespace ManagedUprobe.Events;

/// <summary>One parsed fetch argument.</summary>
internal sealed class ProbeArg
{
    /// <summary>Name, given or automatic (arg1, arg2, …).</summary>
    public required string Name { get; init; }

    /// <summary>The user's text behind the name, type included, as the listing shows it.</summary>
    public required string Expression { get; init; }

    /// <summary>Type of one element.</summary>
    public required FetchType Type { get; init; }

    /// <summary>Elements of an array; 0 when it is none.</summary>
    public required int ArrayCount { get; init; }

    /// <summary>Which bits are shown.</summary>
    public required Bitfield Bits { get; init; }

    /// <summary>Where the argument starts in the arguments' part of a record, in bytes.</summary>
    public required int Offset { get; init; }

    /// <summary>The steps that fetch it; the store comes last.</summary>
    public required ImmutableArray<FetchInsn> Code { get; init; }

    /// <summary>Elements, 1 for a scalar.</summary>
    public int ElementCount => ArrayCount == 0 ? 1 : ArrayCount;

    /// <summary>Bytes in the fixed part of a record.</summary>
    public int Size => Type.Size * ElementCount;

    /// <summary>Whether <paramref name="other"/> has the same name, type and count, so that both fit one event.</summary>
    public bool HasSameShape(ProbeArg other) =>
        Name == other.Name && Type == other.Type && ArrayCount == other.ArrayCount;
}
