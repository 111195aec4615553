namespace ManagedUprobe.Arch;

/// <summary>How an instruction leaves: this decides what its slot looks like.</summary>
internal enum InsnKind
{
    /// <summary>Goes on behind itself (or faults).</summary>
    Straight,

    /// <summary>Sets the instruction pointer from registers or memory: ret, jmp r/m, far forms of both.</summary>
    Absolute,

    /// <summary>jmp rel8, rel32.</summary>
    Jump,

    /// <summary>jcc rel8, rel32.</summary>
    ConditionalJump,

    /// <summary>loop, loope, loopne, jrcxz, jecxz.</summary>
    Loop,

    /// <summary>call rel32.</summary>
    CallRelative,

    /// <summary>Near call r/m64.</summary>
    CallIndirect,

    /// <summary>syscall: leaves the address behind itself in rcx.</summary>
    Syscall,
}
