using System;

namespace ManagedUprobe.Elf;

/// <summary>p_flags.</summary>
[Flags]
internal enum SegmentFlags : uint
{
    None = 0,
    Execute = 1,
    Write = 2,
    Read = 4,
}
