using System;

namespace ManagedUprobe.Elf;

/// <summary>sh_flags, as far as they are looked at.</summary>
[Flags]
internal enum SectionFlags : ulong
{
    None = 0,
    Alloc = 2,
    Execute = 4,
}
