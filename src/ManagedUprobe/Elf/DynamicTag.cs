namespace ManagedUprobe.Elf;

/// <summary>d_tag, as far as it is looked at.</summary>
internal enum DynamicTag : long
{
    Null = 0,
    Needed = 1,
    PltRelSize = 2,
    Hash = 4,
    StringTable = 5,
    SymbolTable = 6,
    Rela = 7,
    RelaSize = 8,
    StringTableSize = 10,
    SoName = 14,
    RPath = 15,
    JmpRel = 23,
    RunPath = 29,
    GnuHash = 0x6ffffef5,
    VersionSymbols = 0x6ffffff0,
    Flags1 = 0x6ffffffb,
    VersionDefinitions = 0x6ffffffc,
    VersionDefinitionCount = 0x6ffffffd,
    VersionNeeds = 0x6ffffffe,
    VersionNeedCount = 0x6fffffff,
}
