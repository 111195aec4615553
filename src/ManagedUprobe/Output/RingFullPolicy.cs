namespace ManagedUprobe.Output;

/// <summary>What a producer does when there is no room.</summary>
public enum RingFullPolicy
{
    /// <summary>It waits for the reader: nothing is lost, the target is held up.</summary>
    Wait,

    /// <summary>It drops the new record and counts it.</summary>
    Drop,
}
