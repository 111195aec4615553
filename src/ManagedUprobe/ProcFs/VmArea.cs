using System;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.ProcFs;

/// <summary>One mapping of an address space (vm_area_struct), as a line of /proc/PID/maps shows it.</summary>
/// <param name="Start">First address.</param>
/// <param name="End">Address behind the last byte.</param>
/// <param name="Protection">r, w, x and private/shared.</param>
/// <param name="Offset">File offset of <paramref name="Start"/> in bytes (vm_pgoff × page size).</param>
/// <param name="File">Device and inode; inode 0 for anonymous memory.</param>
/// <param name="Path">What the kernel prints for it: a path (with " (deleted)"), a name in brackets, or empty.</param>
internal readonly record struct VmArea(
    ulong Start,
    ulong End,
    VmProtection Protection,
    ulong Offset,
    FileIdentity File,
    string Path)
{
    private const string DeletedSuffix = " (deleted)";

    /// <summary>Whether a breakpoint may be inserted: private, executable, not writable, backed by a file.</summary>
    /// <remarks>
    /// The kernel asks for "may become executable" instead of "is executable": it arms private read-only mappings too, and nothing at
    /// mprotect. Arming what is executable lets a program that reads its own library see the file's bytes.
    /// </remarks>
    public bool ValidVma =>
        File.Inode != 0
        && (Protection & (VmProtection.Execute | VmProtection.Write | VmProtection.Shared)) == VmProtection.Execute;

    /// <summary>Whether a reference counter of its file lives here: private, writable (valid_ref_ctr_vma).</summary>
    public bool ValidRefCtrVma =>
        File.Inode != 0 && (Protection & (VmProtection.Write | VmProtection.Shared)) == VmProtection.Write;

    /// <summary>Whether the file of this mapping has been unlinked or replaced since.</summary>
    public bool IsDeleted => Path.EndsWith(DeletedSuffix, StringComparison.Ordinal);

    /// <summary>Whether <paramref name="vaddr"/> lies in the mapping.</summary>
    public bool Contains(ulong vaddr) => vaddr >= Start && vaddr < End;

    /// <summary>Whether the byte at file offset <paramref name="offset"/> is mapped here.</summary>
    public bool ContainsOffset(ulong offset) => offset >= Offset && offset - Offset < End - Start;

    /// <summary>offset_to_vaddr: where the byte at file offset <paramref name="offset"/> is mapped.</summary>
    public ulong OffsetToVaddr(ulong offset) => Start + (offset - Offset);

    /// <summary>vaddr_to_offset: which byte of the file is mapped at <paramref name="vaddr"/>.</summary>
    public ulong VaddrToOffset(ulong vaddr) => Offset + (vaddr - Start);
}
