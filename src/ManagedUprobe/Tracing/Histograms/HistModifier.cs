namespace ManagedUprobe.Tracing.Histograms;

/// <summary>How a field of a histogram is taken or shown.</summary>
internal enum HistModifier : byte
{
    /// <summary>As it is.</summary>
    None,

    /// <summary>Hexadecimal.</summary>
    Hex,

    /// <summary>An address with its symbol (of the kernel: those of programs have none).</summary>
    Sym,

    /// <summary>The same with the offset from the symbol.</summary>
    SymOffset,

    /// <summary>A thread with its name.</summary>
    ExecName,

    /// <summary>The power of two that is not less.</summary>
    Log2,

    /// <summary>The bucket of a fixed width.</summary>
    Buckets,

    /// <summary>Microseconds.</summary>
    Usecs,
}
