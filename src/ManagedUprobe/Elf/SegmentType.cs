namespace ManagedUprobe.Elf;

/// <summary>p_type, as far as it is looked at.</summary>
internal enum SegmentType : uint
{
    Null = 0,
    Load = 1,
    Dynamic = 2,
    Interpreter = 3,
    Note = 4,
    GnuEhFrame = 0x6474e550,
}
