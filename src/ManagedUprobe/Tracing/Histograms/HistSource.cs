namespace ManagedUprobe.Tracing.Histograms;

/// <summary>Where the value of a field of a histogram comes from.</summary>
internal enum HistSource : byte
{
    /// <summary>A number in the record.</summary>
    Number,

    /// <summary>A text in the record.</summary>
    Text,

    /// <summary>The name of the thread.</summary>
    Comm,

    /// <summary>The CPU.</summary>
    Cpu,

    /// <summary>The time.</summary>
    Timestamp,

    /// <summary>The stack of the thread.</summary>
    Stack,

    /// <summary>1 for each hit.</summary>
    HitCount,
}
