namespace ManagedUprobe.Session.Inspecting;

/// <summary>Whether a place is the beginning of an instruction.</summary>
internal enum Boundary
{
    /// <summary>It is in no function of known extent.</summary>
    Unknown,

    /// <summary>The function's first instruction.</summary>
    FunctionStart,

    /// <summary>An instruction of the function begins there.</summary>
    Instruction,

    /// <summary>In the middle of an instruction.</summary>
    Middle,
}
