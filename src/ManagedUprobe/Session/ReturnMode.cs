namespace ManagedUprobe.Session;

/// <summary>How returns of probed functions are caught.</summary>
public enum ReturnMode
{
    /// <summary>At return instructions where the function leaves by those alone, by a replaced return address otherwise.</summary>
    Auto,

    /// <summary>By a replaced return address, always, as the kernel does it.</summary>
    Hijack,

    /// <summary>At return instructions, always; functions that may leave in another way are refused with the reason.</summary>
    Sites,
}
