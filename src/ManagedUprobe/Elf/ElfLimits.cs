namespace ManagedUprobe.Elf;

/// <summary>What a file may ask of the reader; beyond it the file is refused, so that none makes it allocate or loop without end.</summary>
internal static class ElfLimits
{
    // The kernel loads no program whose program headers fill more than 64 KiB.
    public const uint MaxProgramHeaders = 65536 / 56;

    public const uint MaxSectionHeaders = 262_144;

    public const ulong MaxTableBytes = 256UL << 20;

    public const ulong MaxDynamicBytes = 1UL << 20;

    public const ulong MaxNoteSegmentBytes = 1UL << 20;

    // 15 bits of a .gnu.version entry number the version.
    public const int MaxVersions = 32_768;

    public const int PathMax = 4096;
}
