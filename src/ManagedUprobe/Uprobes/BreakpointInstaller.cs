using System;
using ManagedUprobe.Ptrace;

namespace ManagedUprobe.Uprobes;

/// <summary>Puts int3 into an address space and takes it out again. One byte at a time, while threads run.</summary>
internal static class BreakpointInstaller
{
    private const byte Int3 = 0xcc;
    private const int MaxInsnLength = 15;

    /// <summary>install_breakpoint: arms a site. Installing twice is fine.</summary>
    /// <returns>False when memory does not hold the instruction that the file has there: nothing was changed.</returns>
    public static bool TryInstall(AddressSpace mm, Site site)
    {
        // An int3 that somebody else has put there is not ours to answer for.
        if (!VerifyOpcode(mm.Memory, site.Vaddr, site.Insn.Bytes, out bool armed)
            || (armed && !site.Armed && site.Insn.Bytes[0] != Int3 && !mm.Sites.MayHaveMoved(site.Insn)))
        {
            return false;
        }

        _ = mm.Guard?.TryAdd(site);
        mm.Watch(site);
        site.Armed = armed || SetSwbp(mm.Memory, site.Vaddr);
        mm.Sites.Changed();
        return site.Armed;
    }

    /// <summary>remove_breakpoint: disarms a site. Bytes that are not ours any more are left alone.</summary>
    public static void Remove(AddressSpace mm, Site site)
    {
        if (VerifyOpcode(mm.Memory, site.Vaddr, site.Insn.Bytes, out bool armed) && armed)
        {
            _ = mm.Memory.TryWrite(site.Vaddr, site.Insn.Bytes[..1]);
        }

        RefCounter.Decrement(mm, site);
        site.Armed = false;
        mm.Unwatch(site);
        mm.Sites.Changed();
    }

    /// <summary>Whether a site that should be armed still is; the mapping under it may have been replaced.</summary>
    public static bool IsArmed(AddressSpace mm, Site site) =>
        VerifyOpcode(mm.Memory, site.Vaddr, site.Insn.Bytes, out bool armed) && armed;

    /// <summary>verify_opcode: whether memory holds the instruction, with our int3 in its first byte or without.</summary>
    private static bool VerifyOpcode(TraceeMemory memory, ulong vaddr, ReadOnlySpan<byte> insn, out bool armed)
    {
        Span<byte> found = stackalloc byte[MaxInsnLength];
        found = found[..insn.Length];
        armed = false;
        if (!memory.TryRead(vaddr, found))
        {
            return false;
        }

        armed = found[0] == Int3;
        return (armed || found[0] == insn[0]) && found[1..].SequenceEqual(insn[1..]);
    }

    private static bool SetSwbp(TraceeMemory memory, ulong vaddr) => memory.TryWrite(vaddr, [Int3]);
}
