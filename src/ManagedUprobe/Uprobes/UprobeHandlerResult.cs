namespace ManagedUprobe.Uprobes;

/// <summary>What an entry handler answers; the kernel's UPROBE_HANDLER_* codes.</summary>
public enum UprobeHandlerResult
{
    /// <summary>Go on as before.</summary>
    Keep = 0,

    /// <summary>
    /// This address space is of no interest any more. When every consumer of the site says so, filters are asked again and, if none accepts, the
    /// breakpoint is removed from this address space alone. Also suppresses the return handler for this call.
    /// </summary>
    Remove = 1,

    /// <summary>No return handler for this call.</summary>
    Ignore = 2,
}
