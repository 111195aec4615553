using System;

namespace ManagedUprobe.ProcFs;

/// <summary>The permission column of /proc/PID/maps.</summary>
[Flags]
internal enum VmProtection
{
    None = 0,
    Read = 1,
    Write = 2,
    Execute = 4,
    Shared = 8,
}
