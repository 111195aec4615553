namespace ManagedUprobe.Elf;

/// <summary>e_type of the files that can be mapped and run.</summary>
internal enum ElfType : ushort
{
    /// <summary>ET_EXEC: runs at the addresses that it names.</summary>
    Executable = 2,

    /// <summary>ET_DYN: a shared object or a position-independent executable.</summary>
    SharedObject = 3,
}
