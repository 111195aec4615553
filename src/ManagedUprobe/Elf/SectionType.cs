namespace ManagedUprobe.Elf;

/// <summary>sh_type, as far as it is looked at.</summary>
internal enum SectionType : uint
{
    Null = 0,
    SymbolTable = 2,
    Rela = 4,
    Note = 7,
    NoBits = 8,
    DynamicSymbols = 11,
}
