namespace ManagedUprobe.Elf;

/// <summary>Lower half of st_info, as far as it is looked at.</summary>
internal enum SymbolKind : byte
{
    /// <summary>STT_NOTYPE: in code, a label of assembly.</summary>
    Label = 0,

    /// <summary>STT_FUNC.</summary>
    Function = 2,

    /// <summary>STT_GNU_IFUNC: a resolver, called once to learn the address of the function that runs.</summary>
    IndirectFunction = 10,
}
