namespace ManagedUprobe.Arch;

/// <summary>What one single step in a slot came to.</summary>
internal enum StepResult
{
    /// <summary>The instruction is finished; the registers are those that it leaves at its site.</summary>
    Finished,

    /// <summary>A rep string instruction has done one round: step again, registers untouched.</summary>
    Again,
}
