namespace ManagedUprobe.Arch;

/// <summary>How far a thread in a slot is with the displaced instruction.</summary>
internal enum SlotPosition
{
    /// <summary>The instruction pointer is not in the slot: nothing was changed.</summary>
    Outside,

    /// <summary>The instruction has no effect yet (a rep string: is not finished); the registers now are those at
    /// the site.</summary>
    NotStarted,

    /// <summary>The instruction has all its effects; the registers now are those behind it.</summary>
    Done,
}
