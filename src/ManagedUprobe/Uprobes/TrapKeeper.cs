using System;
using ManagedUprobe.Arch;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Uprobes;

/// <summary>Keeps what the program has set for SIGTRAP as it was, although an int3 makes the kernel forget it.</summary>
/// <remarks>
/// The SIGTRAP of an int3, and of a single step, is forced: with the signal blocked or ignored, the kernel sets its action to SIG_DFL and unblocks it, even
/// when a tracer swallows the signal. That is ordinary: libc's thread start and munmap run with all signals blocked. Whether it was blocked can no longer
/// be read. It is inferred: from the mask as it was known before, if nothing else in it has changed; or from the other signals of instructions, which
/// nobody blocks without blocking SIGTRAP (sigfillset does). Where only one of the two is so our handler must be forgotten, too, if it was installed: a thread may come
/// out of the program's own handler for SIGTRAP. Where both are, another thread that has hit that way may have it back already. There the signal stays unblocked (<see cref="TrapMask"/>).
/// </remarks>
internal sealed class TrapKeeper
{
    private const int SYS_rt_sigaction = 13;
    private const int SIGTRAP = 5;
    private const ulong SigTrapBit = 1UL << (SIGTRAP - 1);

    // SIGILL, SIGBUS, SIGFPE, SIGSEGV.
    private const ulong OtherInsnSignals = (1UL << 3) | (1UL << 6) | (1UL << 7) | (1UL << 10);

    // Scratch memory below the red zone: dead to the program, whatever is there.
    private const ulong ScratchBelowStack = 512;

    private readonly UprobesState _state;
    private readonly MmapHooks _hooks;
    private readonly XolAllocator _allocator;

    public TrapKeeper(UprobesState state, MmapHooks hooks, XolAllocator allocator)
    {
        _state = state;
        _hooks = hooks;
        _allocator = allocator;
    }

    /// <summary>Puts right what a trap has changed. Precondition: stopped by an int3 or a single step of ours.</summary>
    public void AfterTrap(UprobeTask task)
    {
        // Where signals were held SIGTRAP was not blocked.
        bool isMaskKnown = SignalQueue.RestoreMask(task);
        if (!task.Tracee.TryGetSigMask(out ulong mask) || task.HiddenMask == mask)
        {
            return;
        }

        TrapMask.Forget(task);
        bool wasBlocked = !isMaskKnown && (mask & SigTrapBit) == 0 && WasBlocked(task, mask);
        task.BlockedSignals = wasBlocked ? mask | SigTrapBit : mask;
        if (wasBlocked)
        {
            KeepMask(task, mask);
        }

        if (task.Group.IsGuarded)
        {
            // Our handler is never ignored: only a blocked signal makes the kernel forget it.
            _ = !wasBlocked || TryInstallGuard(task);
        }
        else if (!task.Group.TrapAction.IsDefault)
        {
            KeepAction(task, wasBlocked);
        }

        if (task.HiddenMask != null && !task.Mm.WatchesMasks)
        {
            _hooks.WatchMasks(task.Mm);
        }
    }

    private void KeepMask(UprobeTask task, ulong mask)
    {
        if (task.Group.IsGuarded && task.Mm.Mode == ExecutionMode.Bits64 && !_state.IsLeaving)
        {
            TrapMask.Hide(task, mask);
        }
        else
        {
            _ = task.Tracee.TrySetSigMask(mask | SigTrapBit);
        }
    }

    /// <summary>Installs our handler, with the flags that go with the program's own action. Precondition: stopped at a breakpoint, or by a single step of ours.</summary>
    public bool TryInstallGuard(UprobeTask task) => task.Mm.Guard is { } guard && TryInstall(task, guard.ActionFor(task.Group.TrapAction));

    private static bool WasBlocked(UprobeTask task, ulong mask)
    {
        bool matches = (mask | SigTrapBit) == task.BlockedSignals;
        bool blocksOthers = (mask & OtherInsnSignals) == OtherInsnSignals;
        return (matches && blocksOthers) || ((matches || blocksOthers) && !(task.Group.IsGuarded && IsCaught(task)));
    }

    private static bool IsCaught(UprobeTask task) => task.Group.Caught.TryRead(out ulong caught) && (caught & SigTrapBit) != 0;

    private void KeepAction(UprobeTask task, bool wasBlocked)
    {
        TrapAction action = task.Group.TrapAction;
        if (!action.IsKnown && wasBlocked)
        {
            _state.Log($"process {task.Group.Pid}: its SIGTRAP handler was lost: a probe was hit with the signal blocked before the handler was known");
            task.Group.TrapAction = TrapAction.Default;
        }
        else if (!action.IsKnown)
        {
            task.Group.TrapAction = Query(task);
        }
        else if (wasBlocked || action.Handler == TrapAction.Ignore)
        {
            _ = TryInstall(task, action);
        }
    }

    private TrapAction Query(UprobeTask task)
    {
        Span<byte> bytes = stackalloc byte[TrapAction.Size];
        return TryScratch(task, out ulong scratch)
            && _allocator.TrySyscall(task, new SyscallArguments(SYS_rt_sigaction, SIGTRAP, 0, scratch, sizeof(ulong)), out long result)
            && result == 0
            && task.Mm.Memory.TryRead(scratch, bytes)
                ? TrapAction.Parse(bytes)
                : TrapAction.Unknown;
    }

    private bool TryInstall(UprobeTask task, TrapAction action)
    {
        Span<byte> bytes = stackalloc byte[TrapAction.Size];
        action.Format(bytes);
        bool installed = TryScratch(task, out ulong scratch)
            && task.Mm.Memory.TryWrite(scratch, bytes)
            && _allocator.TrySyscall(task, new SyscallArguments(SYS_rt_sigaction, SIGTRAP, scratch, 0, sizeof(ulong)), out long result)
            && result == 0;
        if (!installed)
        {
            _state.Log($"process {task.Group.Pid}: its SIGTRAP action could not be put back");
        }

        return installed;
    }

    private static bool TryScratch(UprobeTask task, out ulong vaddr)
    {
        bool known = task.Tracee.TryGetRegs(out UserRegs regs);
        vaddr = unchecked(regs.rsp - ScratchBelowStack);
        return known;
    }
}
