using System;
using System.Collections.Generic;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;
using ManagedUprobe.Uprobes.Survival;

namespace ManagedUprobe.Uprobes;

/// <summary>A thread has hit an int3 (the kernel's handle_swbp).</summary>
/// <remarks>
/// In a nutshell: find the site, set rip back to it, tell the consumers, and let the thread go on in the site's out-of-line slot. The original byte never goes back
/// to let a thread pass. Nothing here allocates once a site has its slot.
/// </remarks>
internal sealed class SwbpHandler
{
    private const byte Int3 = 0xcc;

    private readonly UprobesState _state;
    private readonly MmapHooks _hooks;
    private readonly SlotRunner _runner;
    private readonly ReturnProbeHandler _returns;
    private readonly TrapKeeper _trap;
    private readonly XolAllocator _allocator;
    private readonly List<ReturnWish> _wanted = [];
    private byte[] _data = [];

    public SwbpHandler(UprobesState state, MmapHooks hooks, XolAllocator allocator, TrapKeeper trap)
    {
        _state = state;
        _hooks = hooks;
        _allocator = allocator;
        _runner = new SlotRunner(state, allocator);
        _returns = new ReturnProbeHandler(state, allocator);
        _trap = trap;
    }

    /// <summary>Handles a SIGTRAP stop that is no single step of ours, and resumes the thread.</summary>
    /// <returns>False when it is not ours: the program's own signal, to be delivered.</returns>
    public bool HandleSwbp(UprobeTask task)
    {
        if (!task.Tracee.TryGetRegs(out UserRegs inTracee))
        {
            return true;
        }

        ulong vaddr = unchecked(inTracee.rip - 1);
        task.TrapVaddr = vaddr;
        Site? site = task.Mm.Sites.Find(vaddr);
        if (site == null)
        {
            return HandleElsewhere(task, vaddr, in inTracee);
        }

        // Behind a one-byte instruction a signal that somebody sent looks the same, if a thread can stand there.
        if (site.Insn.Length == 1 && site.Node is not { IsLast: true } && !IsBreakpointTrap(task))
        {
            return false;
        }

        _trap.AfterTrap(task);
        HandleHit(task, site, in inTracee);
        return true;
    }

    private void HandleHit(UprobeTask task, Site site, in UserRegs inTracee)
    {
        UprobeContext context = task.Context;
        task.IsSettled = false;
        context.Begin(in inTracee);
        context.Registers.rip = site.Vaddr;
        if (!site.Armed || !IsInMode(task, site, in inTracee))
        {
            // Removed, perhaps while the thread was on its way here: the instruction itself is back.
            SlotRunner.Resume(task, ref context.Registers, in inTracee);
            return;
        }

        if (task.ReturnInstances.SuspendedAt != 0 && !site.StartsUnwinding)
        {
            UnwindGuard.TryResume(task);
        }

        if (site.Node is { } node && task.Group.IsFollowed)
        {
            try
            {
                TellConsumers(task, site, node);
            }
            catch
            {
                // The session ends; the thread must not be let go behind the int3.
                _ = task.Tracee.TrySetIp(site.Vaddr);
                throw;
            }
        }

        if (site.StartsUnwinding)
        {
            UnwindGuard.Suspend(task);
        }

        if (site.WatchesLinker)
        {
            _hooks.UprobeMmap(task.Mm, default);
        }

        if (context.Registers.rip != site.Vaddr)
        {
            SlotRunner.Resume(task, ref context.Registers, in inTracee);
        }
        else if (site.WatchesSyscall && EnterWatchedCall(task, site))
        {
            SlotRunner.Resume(task, ref context.Registers, in inTracee);
        }
        else
        {
            _runner.PreSsout(task, site, ref context.Registers, in inTracee);
        }
    }

    // To a thread in another mode the bytes mean something else.
    private bool IsInMode(UprobeTask task, Site site, in UserRegs regs)
    {
        bool isInMode = ExecutionModes.OfCodeSegment(regs.cs) == site.Insn.Mode;
        if (!isInMode)
        {
            _state.Log($"process {task.Group.Pid}: a thread ran into 0x{site.Vaddr:x} in another mode than that of {site.Insn.Mode.Describe()} code: the probe is removed there");
            BreakpointInstaller.Remove(task.Mm, site);
        }

        return isInMode;
    }

    private void TellConsumers(UprobeTask task, Site site, UprobeNode node)
    {
        if (!node.Consumers.IsEmpty)
        {
            HandlerChain(task, site, node);
        }

        if (node.IsReturnSite && task.Context.Registers.rip == site.Vaddr)
        {
            _returns.HandleReturnSite(task, site, node);
        }
    }

    private void HandlerChain(UprobeTask task, Site site, UprobeNode node)
    {
        UprobeContext context = task.Context;
        context.Address = context.Registers.rip;
        context.Offset = node.Offset;
        ulong sp = context.Registers.rsp;
        bool remove = true;
        bool wantsReturn = false;
        foreach (UprobeRegistration registration in node.Consumers)
        {
            if (!registration.IsActive)
            {
                // Unregistered by a handler that was called before it.
                continue;
            }

            registration.CountHit();
            UprobeHandlerResult result = CallHandler(registration, context);
            remove &= result == UprobeHandlerResult.Remove;
            if (registration.HasReturnHandler && result == UprobeHandlerResult.Keep)
            {
                wantsReturn = true;
                if (registration.HasHandler)
                {
                    _wanted.Add(new ReturnWish(registration, context.Cookie, context.DataStore));
                }
            }
        }

        if (wantsReturn)
        {
            _returns.PrepareUretprobe(task, site, node, sp, _wanted);
            _wanted.Clear();
        }

        if (remove)
        {
            UprobeRegistrar.RemoveUnwanted(task.Mm, node);
        }
    }

    private UprobeHandlerResult CallHandler(UprobeRegistration registration, UprobeContext context)
    {
        context.Cookie = 0;
        context.DataStore = default;
        if (!registration.HasHandler)
        {
            return UprobeHandlerResult.Keep;
        }

        if (registration.DataSize > 0)
        {
            context.DataStore = DataFor(registration);
        }

        return registration.Consumer.Handler(context);
    }

    // Each consumer of the chain gets its own piece of one buffer: all of them are alive until the return is prepared.
    private Memory<byte> DataFor(UprobeRegistration registration)
    {
        int start = 0;
        foreach (ReturnWish wish in _wanted)
        {
            start += wish.Data.Length;
        }

        if (start + registration.DataSize > _data.Length)
        {
            _data = new byte[Math.Max(256, (start + registration.DataSize) * 2)];
        }

        Memory<byte> data = _data.AsMemory(start, registration.DataSize);
        data.Span.Clear();
        return data;
    }

    private bool HandleElsewhere(UprobeTask task, ulong vaddr, in UserRegs inTracee)
    {
        AddressSpace mm = task.Mm;
        UprobeContext context = task.Context;
        context.Begin(in inTracee);
        if (vaddr == mm.Areas.TrampolineVaddr && vaddr != 0)
        {
            _trap.AfterTrap(task);
            if (!_returns.HandleTrampoline(task))
            {
                return false;
            }
        }
        else if (mm.Areas.FindSlotOwner(vaddr) is { } site && vaddr == site.ExitSlotVaddr + SyscallWatch.ExitSlotTrap)
        {
            _trap.AfterTrap(task);
            LeaveWatchedCall(task, site);
        }
        else if (IsStale(task, vaddr))
        {
            _trap.AfterTrap(task);
            context.Registers.rip = vaddr;
        }
        else
        {
            return false;
        }

        SlotRunner.Resume(task, ref context.Registers, in inTracee);
        return true;
    }

    private bool EnterWatchedCall(UprobeTask task, Site site)
    {
        ref UserRegs regs = ref task.Context.Registers;
        bool isMask = SigmaskCall.IsOurs(task, in regs);
        if (isMask || SigactionCall.IsOurs(task, in regs))
        {
            // What the instruction itself does.
            regs.rax = unchecked((ulong)-(long)(int)(isMask ? SigmaskCall.Answer(task, in regs) : SigactionCall.Answer(task, in regs, _trap)));
            regs.rip = site.Vaddr + (ulong)site.Insn.Length;
            regs.rcx = regs.rip;
            regs.r11 = regs.eflags;
            return true;
        }

        SyscallWatch.NoteSigaction(task, in regs);
        if (!SyscallWatch.MayMapCode(in regs) && !(task.Mm.AwaitsRefCounters && SyscallWatch.MayMapData(in regs)))
        {
            return false;
        }

        if (site.ExitSlotVaddr == 0)
        {
            if (!_allocator.TryGetSlot(task, site, out ulong slotVaddr)
                || !SyscallWatch.TryWriteExitSlot(task.Mm.Memory, slotVaddr, site))
            {
                return false;
            }

            site.ExitSlotVaddr = slotVaddr;
        }

        regs.rip = site.ExitSlotVaddr;
        return true;
    }

    private void LeaveWatchedCall(UprobeTask task, Site site)
    {
        ref UserRegs regs = ref task.Context.Registers;
        regs.rip = site.Vaddr + (ulong)site.Insn.Length;

        // The kernel leaves the address behind the instruction in rcx: the program must find the true one.
        regs.rcx = regs.rip;
        _hooks.UprobeMmap(task.Mm, new AddressRange(regs.rax, regs.rsi));
        if (_state.IsVerbose)
        {
            _state.Log($"process {task.Group.Pid}: mappings looked at again");
        }
    }

    private static bool IsBreakpointTrap(UprobeTask task) =>
        !task.Tracee.TryGetSigInfo(out SigInfo info) || info.si_code is SigInfo.SI_KERNEL or SigInfo.TRAP_BRKPT;

    // Our int3 was there when the thread executed it and is not any more.
    private static bool IsStale(UprobeTask task, ulong vaddr)
    {
        Span<byte> found = stackalloc byte[1];
        return IsBreakpointTrap(task) && task.Mm.Memory.TryRead(vaddr, found) && found[0] != Int3;
    }
}
