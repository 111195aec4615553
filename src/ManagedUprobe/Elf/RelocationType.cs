namespace ManagedUprobe.Elf;

/// <summary>R_X86_64_*: the relocations whose slot holds an address.</summary>
internal enum RelocationType : uint
{
    /// <summary>R_X86_64_GLOB_DAT.</summary>
    GlobDat = 6,

    /// <summary>R_X86_64_JUMP_SLOT: until a lazily bound function is called first, the slot leads back to the PLT.</summary>
    JumpSlot = 7,

    /// <summary>R_X86_64_RELATIVE: the slot gets the addend, moved as the file is.</summary>
    Relative = 8,

    /// <summary>R_X86_64_IRELATIVE: the slot gets what the resolver at the addend returns.</summary>
    IRelative = 37,
}
