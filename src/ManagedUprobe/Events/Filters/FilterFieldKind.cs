namespace ManagedUprobe.Events.Filters;

/// <summary>What a field holds, as filters see it.</summary>
internal enum FilterFieldKind : byte
{
    /// <summary>A number in the record.</summary>
    Number,

    /// <summary>The locator of a string in the record.</summary>
    String,

    /// <summary>The CPU of the hit; not in the record.</summary>
    Cpu,

    /// <summary>The name of the thread; not in the record.</summary>
    Comm,

    /// <summary>The kernel's stack, which no filter can look at.</summary>
    Stacktrace,
}
