namespace ManagedUprobe.Session.Gates;

/// <summary>What a <see cref="Gate"/> lets through.</summary>
internal enum GateState
{
    /// <summary>Nothing stands in the way here.</summary>
    Open,

    /// <summary>Tracing is possible, not in every way; the detail says in which.</summary>
    Limited,

    /// <summary>Tracing is not possible until the remedy is applied.</summary>
    Shut,
}
