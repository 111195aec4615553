namespace ManagedUprobe.Session;

/// <summary>How a displaced instruction is executed out of line.</summary>
public enum StepMode
{
    /// <summary>In a slot that jumps back by itself: one stop a hit.</summary>
    Boost,

    /// <summary>By a single step in the slot: two stops a hit. The plain form, and the oracle of the other.</summary>
    Single,
}
