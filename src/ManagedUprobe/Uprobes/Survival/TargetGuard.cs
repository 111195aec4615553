using System;
using System.Buffers.Binary;
using ManagedUprobe.Arch.X64;
using ManagedUprobe.Primitives;
using ManagedUprobe.ProcFs;

namespace ManagedUprobe.Uprobes.Survival;

/// <summary>
/// What lets an address space live on when the tracer is killed: in the first of our areas a handler for SIGTRAP, and beside it what the handler has to know.
/// </summary>
/// <remarks>
/// Always in this order: an entry before the byte, or the return address, that sends a thread there; never the other way round. Entries stay when a
/// breakpoint goes: a thread may be on its way with a trap. Tracer thread.
/// </remarks>
internal sealed class TargetGuard
{
    /// <summary>Bytes of the area.</summary>
    public const int Size = TrapHandlerLayout.Size;

    private readonly ITraceeMemory _memory;
    private readonly GuardTable _sites;
    private readonly GuardTable _masks;
    private readonly GuardTable _counters;
    private GuardTable _returns;
    private GuardTable _otherReturns;

    /// <summary>Describes the guard of an area; <see cref="TryWrite"/> puts it there.</summary>
    public TargetGuard(ulong vaddr, ITraceeMemory memory)
        : this(
            vaddr,
            memory,
            new GuardTable(vaddr + TrapHandlerLayout.Sites, TrapHandlerLayout.SiteBits, TrapHandlerLayout.SiteIndex),
            NewReturns(vaddr + TrapHandlerLayout.Returns),
            NewReturns(vaddr + TrapHandlerLayout.Returns + TrapHandlerLayout.ReturnsSize),
            new GuardTable(vaddr + TrapHandlerLayout.Masks, TrapHandlerLayout.MaskBits, TrapHandlerLayout.MaskIndex),
            new GuardTable(vaddr + TrapHandlerLayout.Counters, TrapHandlerLayout.CounterBits, TrapHandlerLayout.CounterIndex))
    {
    }

    private TargetGuard(
        ulong vaddr, ITraceeMemory memory, GuardTable sites, GuardTable returns, GuardTable otherReturns, GuardTable masks, GuardTable counters)
    {
        _masks = masks;
        _counters = counters;
        Vaddr = vaddr;
        _memory = memory;
        _sites = sites;
        _returns = returns;
        _otherReturns = otherReturns;
    }

    /// <summary>Start of the area.</summary>
    public ulong Vaddr { get; }

    /// <summary>Address of the handler.</summary>
    public ulong HandlerVaddr => Vaddr + TrapHandlerLayout.CodeStart;

    /// <summary>Code for injected calls.</summary>
    public ulong FrameVaddr => Vaddr + TrapHandlerLayout.Frame;

    /// <summary>Whether an address lies in the area.</summary>
    public bool Contains(ulong vaddr) => vaddr >= Vaddr && vaddr - Vaddr < TrapHandlerLayout.Size;

    /// <summary>The action to install for SIGTRAP when the program has <paramref name="wanted"/>.</summary>
    public TrapAction ActionFor(TrapAction wanted)
    {
        const ulong SA_SIGINFO = 4;
        const ulong SA_RESTORER = 0x04000000;
        const ulong SA_ONSTACK = 0x08000000;
        const ulong SA_RESTART = 0x10000000;
        ulong flags = wanted.HasHandler ? wanted.Flags & (SA_ONSTACK | SA_RESTART) : SA_ONSTACK | SA_RESTART;
        return new TrapAction(
            true, HandlerVaddr, flags | SA_SIGINFO | SA_RESTORER, Vaddr + (ulong)TrapHandlerCode.Restorer, ulong.MaxValue);
    }

    /// <summary>Writes handler and data into the fresh area.</summary>
    /// <param name="action">What the program does with SIGTRAP.</param>
    /// <param name="pid">Its process.</param>
    public bool TryWrite(TrapAction action, int pid)
    {
        return _memory.TryWrite(HandlerVaddr, TrapHandlerCode.Bytes) && TryActivate(_returns) && TrySetAction(action) && TrySetOwner(pid);
    }

    /// <summary>Tells the handler whose action that is: tasks of other processes may use the memory, too.</summary>
    /// <param name="pid">The process, as we see it.</param>
    public bool TrySetOwner(int pid)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, ProcFile.Status(pid).InnerPid);
        return _memory.TryWrite(Vaddr + TrapHandlerLayout.Owner, bytes);
    }

    /// <summary>Tells the handler what the program does with SIGTRAP.</summary>
    public bool TrySetAction(TrapAction action)
    {
        Span<byte> bytes = stackalloc byte[TrapAction.Size];
        action.Format(bytes);
        return _memory.TryWrite(Vaddr + TrapHandlerLayout.ActionStart, bytes);
    }

    /// <summary>What the program has for SIGTRAP: the handler may have been told by the program itself.</summary>
    public bool TryGetAction(out TrapAction action)
    {
        Span<byte> bytes = stackalloc byte[TrapAction.Size];
        bool read = _memory.TryRead(Vaddr + TrapHandlerLayout.ActionStart, bytes);
        action = read ? TrapAction.Parse(bytes) : TrapAction.Unknown;
        return read;
    }

    /// <summary>Makes a site known, before its byte is changed, or when it has got its slot.</summary>
    /// <returns>False when there is no room: the thread that runs into the site after the tracer's death is lost.</returns>
    public bool TryAdd(Site site)
    {
        ulong value = site.SlotVaddr != 0 && !site.IsStepped
            ? (TrapHandlerLayout.KindSlot << TrapHandlerLayout.KindShift) | site.SlotVaddr
            : (TrapHandlerLayout.KindByte << TrapHandlerLayout.KindShift) | site.Insn.Bytes[0];
        return _sites.TrySet(_memory, site.Vaddr, value);
    }

    /// <summary>Makes another area of slots known.</summary>
    public bool TryAddArea(ulong vaddr) =>
        _sites.TrySet(_memory, vaddr, (TrapHandlerLayout.KindArea << TrapHandlerLayout.KindShift) | 1);

    /// <summary>Remembers a true return address, before the stack is changed.</summary>
    /// <param name="stackVaddr">Where it is.</param>
    /// <param name="returnVaddr">What it is.</param>
    public bool TryAddReturn(ulong stackVaddr, ulong returnVaddr) => _returns.TrySet(_memory, stackVaddr, returnVaddr);

    /// <summary>Notes the mask that a thread should have, for who repairs it after our death; null: it has it.</summary>
    /// <param name="mm">The address space.</param>
    /// <param name="tid">The thread, as we see it.</param>
    /// <param name="mask">Its program's mask.</param>
    public bool TrySetMask(AddressSpace mm, int tid, ulong? mask)
    {
        if (_masks.IsFull && _masks.TryClear(_memory))
        {
            // Those of threads that have ended are gone.
            foreach (UprobeTask task in mm.Tasks)
            {
                _ = TrapMask.OwnMask(task) is not { } own || _masks.TrySet(_memory, (ulong)task.Tracee.Tid, own | TrapHandlerLayout.MaskMark);
            }
        }

        return _masks.TrySet(_memory, (ulong)tid, mask is { } wanted ? wanted | TrapHandlerLayout.MaskMark : 0);
    }

    /// <summary>Notes that a site has been added to a reference counter, or taken from it (0), for who repairs it after our death.</summary>
    /// <param name="siteVaddr">The site.</param>
    /// <param name="counterVaddr">Where the counter is; 0: it does not count any more.</param>
    public bool TrySetCounter(ulong siteVaddr, ulong counterVaddr) => _counters.TrySet(_memory, siteVaddr, counterVaddr);

    /// <summary>Whether room for return addresses runs out: <see cref="TryRenewReturns"/>.</summary>
    public bool NeedsNewReturns => _returns.IsFull;

    /// <summary>Replaces the table of return addresses by one with those of the calls that are still tracked.</summary>
    /// <param name="mm">The address space.</param>
    public bool TryRenewReturns(AddressSpace mm)
    {
        if (!_otherReturns.TryClear(_memory))
        {
            return false;
        }

        foreach (UprobeTask task in mm.Tasks)
        {
            if (!TryKeepAll(task.ReturnInstances))
            {
                return false;
            }
        }

        if (!TryKeepAll(mm.Returns.Left))
        {
            return false;
        }

        (_returns, _otherReturns) = (_otherReturns, _returns);
        return TryActivate(_returns);
    }

    /// <summary>The guard of a forked child, which has the area with everything that was in it at the fork.</summary>
    public TargetGuard Fork(ITraceeMemory memory) =>
        new(Vaddr, memory, _sites.Fork(), _returns.Fork(), _otherReturns.Fork(), _masks.Fork(), _counters.Fork());

    private bool TryKeepAll(ReturnInstances instances)
    {
        for (int i = 0; i < instances.Depth; i++)
        {
            if (!TryKeep(instances[i]))
            {
                return false;
            }
        }

        foreach (ReturnInstance parked in instances.Parked)
        {
            if (!TryKeep(parked))
            {
                return false;
            }
        }

        return true;
    }

    private bool TryKeep(ReturnInstance instance) =>
        instance.AtSites || instance.Chained || _otherReturns.TrySet(_memory, instance.StackVaddr, instance.OrigRetVaddr);

    private bool TryActivate(GuardTable returns)
    {
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(word, returns.Vaddr - HandlerVaddr);
        return _memory.TryWrite(Vaddr + TrapHandlerLayout.ActiveReturns, word);
    }

    private static GuardTable NewReturns(ulong vaddr) =>
        new(vaddr, TrapHandlerLayout.ReturnBits, TrapHandlerLayout.ReturnIndex);
}
