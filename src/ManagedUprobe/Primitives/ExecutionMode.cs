namespace ManagedUprobe.Primitives;

/// <summary>How the CPU reads code: what decides is the code segment of a thread, and for code in a file the class of the file.</summary>
internal enum ExecutionMode
{
    /// <summary>64-bit code.</summary>
    Bits64,

    /// <summary>32-bit code under a 64-bit kernel.</summary>
    Bits32,
}
