using System;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Uprobes;

/// <summary>
/// A piece of the target's memory that we mapped for executing displaced instructions out of line (the kernel's struct xol_area). Slots are
/// bound to their site for good.
/// </summary>
/// <remarks>
/// Layout: slot 0 begins with the int3 to which hijacked functions return, and a syscall instruction for injected calls; all other slots are for sites.
/// The mapping is private, r-x, inherited by fork with everything in it.
/// </remarks>
internal sealed class XolArea
{
    /// <summary>Bytes of a slot.</summary>
    public const int SlotSize = 32;

    /// <summary>Bytes of an area.</summary>
    public const int Size = 64 * 1024;

    private const int TrampolineOffset = 0;
    private const int SyscallOffset = 8;

    private readonly Site?[] _owners = new Site?[Size / SlotSize];
    private int _used = 1;

    public XolArea(ulong vaddr) => Vaddr = vaddr;

    /// <summary>Start of the area.</summary>
    public ulong Vaddr { get; }

    /// <summary>The address that replaces return addresses: an int3.</summary>
    public ulong TrampolineVaddr => Vaddr + TrampolineOffset;

    /// <summary>A syscall instruction for injected calls.</summary>
    public ulong SyscallVaddr => Vaddr + SyscallOffset;

    /// <summary>What the area starts with; to be written before it is used.</summary>
    public static ReadOnlySpan<byte> Header =>
        [
            0xcc, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x0f, 0x05, 0xcc, 0x90, 0x90, 0x90, 0x90, 0x90,
            (byte)'m', (byte)'u', (byte)'p', (byte)'r', (byte)'o', (byte)'b', (byte)'e', 1,
        ];

    /// <summary>Bytes from the start of the area that are in use.</summary>
    public int UsedSize => _used * SlotSize;

    /// <summary>Whether <paramref name="vaddr"/> lies in the area.</summary>
    public bool Contains(ulong vaddr) => vaddr >= Vaddr && vaddr - Vaddr < Size;

    /// <summary>xol_get_insn_slot: a slot for <paramref name="owner"/>; 0 when the area is full.</summary>
    public ulong GetInsnSlot(Site owner)
    {
        if (_used == _owners.Length)
        {
            return 0;
        }

        _owners[_used] = owner;
        return Vaddr + ((ulong)_used++ * SlotSize);
    }

    /// <summary>Takes back the slot that was given last.</summary>
    public void TakeBack() => _owners[--_used] = null;

    /// <summary>Notes the owner of a slot that a dead tracer has given away.</summary>
    public void TakeOver(Site owner)
    {
        int index = (int)((owner.SlotVaddr - Vaddr) / SlotSize);
        _owners[index] = owner;
        _used = Math.Max(_used, index + 1);
    }

    /// <summary>The site whose slot <paramref name="vaddr"/> lies in; null for the header and free slots.</summary>
    public Site? OwnerOf(ulong vaddr)
    {
        Invariant.Require(Contains(vaddr), "address outside the area");
        return _owners[(int)((vaddr - Vaddr) / SlotSize)];
    }

    /// <summary>The area of a forked child, with the child's own sites.</summary>
    public XolArea Fork(Func<Site, Site> ofChild)
    {
        var copy = new XolArea(Vaddr) { _used = _used };
        for (int i = 1; i < _used; i++)
        {
            if (_owners[i] is { } owner)
            {
                copy._owners[i] = ofChild(owner);
            }
        }

        return copy;
    }
}
