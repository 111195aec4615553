namespace ManagedUprobe.Uprobes;

/// <summary>What the probe engine is doing with a thread.</summary>
internal enum UprobeTaskState
{
    /// <summary>Nothing: it runs as if nobody were there.</summary>
    Running,

    /// <summary>It executes a displaced instruction by single steps (--step single).</summary>
    SingleStep,

    /// <summary>A signal found it in a boosted slot: it is stepped out of it before the signal is delivered.</summary>
    LeavingSlot,

    /// <summary>It has been stepped into a signal's handler, because another signal waits to be delivered.</summary>
    Delivering,
}
