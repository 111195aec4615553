namespace ManagedUprobe.Events;

/// <summary>Registers that %NAME can name, in the kernel's spelling.</summary>
internal enum FetchRegister
{
#pragma warning disable CS1591 // The names are the registers.
    R15,
    R14,
    R13,
    R12,
    R11,
    R10,
    R9,
    R8,
    Bx,
    Cx,
    Dx,
    Si,
    Di,
    Bp,
    Ax,
    OrigAx,
    Ip,
    Cs,
    Flags,
    Sp,
    Ss,
#pragma warning restore CS1591
}
