namespace ManagedUprobe.Elf;

/// <summary>Upper half of st_info.</summary>
internal enum SymbolBinding : byte
{
    Local = 0,
    Global = 1,
    Weak = 2,

    /// <summary>STB_GNU_UNIQUE: one definition in the whole process.</summary>
    Unique = 10,
}
