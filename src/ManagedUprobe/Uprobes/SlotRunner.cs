using System;
using System.Runtime.InteropServices;
using ManagedUprobe.Arch.X64;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Uprobes;

/// <summary>Lets a thread go on behind a hit: the displaced instruction runs in its slot, boosted or by a single step (the kernel's pre_ssout).</summary>
internal sealed class SlotRunner
{
    private readonly UprobesState _state;
    private readonly XolAllocator _allocator;

    public SlotRunner(UprobesState state, XolAllocator allocator)
    {
        _state = state;
        _allocator = allocator;
    }

    /// <summary>Resumes a thread whose registers stand at a site.</summary>
    /// <param name="task">The thread, stopped.</param>
    /// <param name="site">The site.</param>
    /// <param name="regs">Its registers, rip at the site.</param>
    /// <param name="inTracee">What ptrace would read now: decides what has to be written.</param>
    public void PreSsout(UprobeTask task, Site site, ref UserRegs regs, in UserRegs inTracee)
    {
        if (InsnEmulator.MustEmulate(site.Insn, site.Vaddr, in regs))
        {
            Emulate(task, site, ref regs, in inTracee);
        }
        else if (site.SlotVaddr != 0 || TryPrepareSlot(task, site))
        {
            Enter(task, site, ref regs, in inTracee);
        }
        else
        {
            GiveUp(task, site, ref regs, in inTracee);
        }
    }

    /// <summary>Resumes a thread at the rip that its registers have.</summary>
    public static void Resume(UprobeTask task, ref UserRegs regs, in UserRegs inTracee)
    {
        Write(task, ref regs, in inTracee);
        SignalQueue.Continue(task);
    }

    /// <summary>Writes the registers that differ from what the tracee has.</summary>
    public static void Write(UprobeTask task, ref UserRegs regs, in UserRegs inTracee)
    {
        UserRegs other = inTracee;
        other.rip = regs.rip;
        if (Bytes(in regs).SequenceEqual(Bytes(in other)))
        {
            _ = task.Tracee.TrySetIp(regs.rip);
        }
        else
        {
            _ = task.Tracee.TrySetRegs(in regs);
        }
    }

    private static ReadOnlySpan<byte> Bytes(in UserRegs regs) => MemoryMarshal.AsBytes(new ReadOnlySpan<UserRegs>(in regs));

    private void Enter(UprobeTask task, Site site, ref UserRegs regs, in UserRegs inTracee)
    {
        regs.rip = site.SlotVaddr;
        if (IsStepped(site))
        {
            Write(task, ref regs, in inTracee);
            task.State = UprobeTaskState.SingleStep;
            task.ActiveSite = site;
            task.BeforeStep = regs;
            task.Tracee.SingleStep();
        }
        else if (task.Deferred.Count > 0)
        {
            // A signal that waits must not find the thread in the slot.
            Write(task, ref regs, in inTracee);
            SingleStepHandler.LeaveSlot(task, site);
        }
        else
        {
            Resume(task, ref regs, in inTracee);
        }
    }

    private static void Emulate(UprobeTask task, Site site, ref UserRegs regs, in UserRegs inTracee)
    {
        // A fault of the emulated access is the instruction's own: let the thread run into it at the site, unprobed.
        if (!InsnEmulator.TryEmulate(site.Insn, site.Vaddr, ref regs, task.Mm.Memory))
        {
            BreakpointInstaller.Remove(task.Mm, site);
        }

        Resume(task, ref regs, in inTracee);
    }

    private bool TryPrepareSlot(UprobeTask task, Site site)
    {
        if (!_allocator.TryGetSlot(task, site, out ulong slotVaddr))
        {
            return false;
        }

        bool made = SlotMaker.TryMake(task.Mm, site, slotVaddr, IsStepped(site), out string? reason);
        if (!made)
        {
            _state.Log($"process {task.Group.Pid}: no slot for 0x{site.Vaddr:x}: {reason}");
        }

        return made;
    }

    // A watched system call is always boosted: its second slot has no stepped form.
    private bool IsStepped(Site site) => _state.SingleStep && !site.WatchesSyscall;

    private void GiveUp(UprobeTask task, Site site, ref UserRegs regs, in UserRegs inTracee)
    {
        _state.Log($"process {task.Group.Pid}: no memory for out-of-line execution near 0x{site.Vaddr:x}: the probe is removed there");
        BreakpointInstaller.Remove(task.Mm, site);
        Invariant.Require(!site.Armed, "site still armed");
        Resume(task, ref regs, in inTracee);
    }
}
