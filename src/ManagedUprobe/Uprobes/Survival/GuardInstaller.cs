using System;
using System.Collections.Generic;
using ManagedUprobe.Arch;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;
using ManagedUprobe.ProcFs;
using ManagedUprobe.Ptrace;

namespace ManagedUprobe.Uprobes.Survival;

/// <summary>Brings the guard into a target, before the first of its bytes is changed, and takes it out again when all are back.</summary>
/// <remarks>Works in a thread that stands in a stop, where calls can be injected. Can be begun anew after an interruption.</remarks>
internal sealed class GuardInstaller
{
    private const int SYS_munmap = 11;
    private const int SYS_rt_sigaction = 13;
    private const int SIGTRAP = 5;

    // Scratch memory below the red zone: dead to the program, whatever is there.
    private const ulong ScratchBelowStack = 512;

    private readonly UprobesState _state;
    private readonly WaitQueue _waits;

    public GuardInstaller(UprobesState state, WaitQueue waits)
    {
        _state = state;
        _waits = waits;
    }

    /// <summary>Installs what is missing in the thread's process.</summary>
    /// <param name="task">A stopped thread.</param>
    /// <param name="nearVaddr">What the area should be near to.</param>
    /// <param name="deferred">Receives signals; null: the first one is an interruption.</param>
    public GuardOutcome Install(UprobeTask task, ulong nearVaddr, Queue<DeferredSignal>? deferred)
    {
        var thread = new GuardedThread(task, _waits, deferred);
        if (task.Mm.Mode == ExecutionMode.Bits32 && !task.Group.TrapAction.IsDefault)
        {
            _state.Log($"process {task.Group.Pid}: it has no way to survive the death of its tracer: a 32-bit program with a SIGTRAP action of its own");
            return thread.Outcome(done: false);
        }

        if (!task.Tracee.TryGetRegs(out UserRegs regs) || ExecutionModes.OfCodeSegment(regs.cs) != task.Mm.Mode)
        {
            return thread.Outcome(done: false);
        }

        bool done = (task.Mm.Guard != null || TryMap(thread, nearVaddr)) && (task.Group.IsGuarded || TryInstallAction(thread, regs.rsp));
        if (!done && thread.Interruption == null)
        {
            _state.Log($"process {task.Group.Pid}: it has no way to survive the death of its tracer: {thread.Why}");
        }

        return thread.Outcome(done);
    }

    /// <summary>Gives the program its own action for SIGTRAP back, and unmaps our areas when nobody needs them any more.</summary>
    /// <param name="task">A stopped thread, outside of our areas.</param>
    /// <param name="isLast">Whether no other process uses the address space, and no other thread is in our areas; asked when no thread can come there by a signal any more.</param>
    /// <param name="deferred">As for <see cref="Install"/>.</param>
    public GuardOutcome Remove(UprobeTask task, Func<bool> isLast, Queue<DeferredSignal>? deferred)
    {
        var thread = new GuardedThread(task, _waits, deferred);
        AddressSpace mm = task.Mm;
        if (mm.Guard is not { } guard || !task.Tracee.TryGetRegs(out UserRegs regs))
        {
            return thread.Outcome(done: false);
        }

        bool done = !task.Group.IsGuarded || TryRestoreAction(thread, guard, regs.rsp);
        return thread.Outcome(done && (!isLast() || TryUnmap(thread)));
    }

    private static bool TryMap(GuardedThread thread, ulong nearVaddr)
    {
        UprobeTask task = thread.Task;
        AddressSpace mm = task.Mm;
        List<VmArea> maps = ProcFile.Maps(task.Tracee.Tid);
        ulong slack = TextSlack.Find(mm.Memory, maps);
        thread.Place = slack == 0 ? XolAllocator.PlaceFor(task) : new SyscallPlace(slack, mm.Memory);
        ulong vaddr = thread.Place.Vaddr == 0 ? 0 : XolAllocator.Map(maps, mm.Mode, nearVaddr, TargetGuard.Size, thread.TryRun);
        if (slack != 0)
        {
            TextSlack.Clear(mm.Memory, slack);
        }

        var guard = new TargetGuard(vaddr, mm.Memory);
        if (vaddr == 0 || !mm.Memory.TryWrite(vaddr, XolArea.Header) || !guard.TryWrite(task.Group.TrapAction, task.Group.Pid))
        {
            thread.Why = "no memory can be mapped";
            return false;
        }

        mm.Add(guard);
        return true;
    }

    private static bool TryInstallAction(GuardedThread thread, ulong rsp)
    {
        ThreadGroup group = thread.Task.Group;
        TargetGuard guard = thread.Task.Mm.Guard!;
        ulong scratch = rsp - ScratchBelowStack;
        thread.Place = XolAllocator.PlaceFor(thread.Task);
        thread.Why = "its action for SIGTRAP cannot be set";
        if (!group.TrapAction.IsKnown)
        {
            if (!TrySigaction(thread, 0, scratch) || !TryReadAction(thread, scratch, out TrapAction present))
            {
                return false;
            }

            group.TrapAction = present;
        }

        group.IsGuarded = guard.TrySetAction(group.TrapAction)
            && TryWriteAction(thread, scratch, guard.ActionFor(group.TrapAction))
            && TrySigaction(thread, scratch, 0);
        return group.IsGuarded;
    }

    private static bool TryRestoreAction(GuardedThread thread, TargetGuard guard, ulong rsp)
    {
        ThreadGroup group = thread.Task.Group;
        ulong scratch = rsp - ScratchBelowStack;
        thread.Place = XolAllocator.PlaceFor(thread.Task);
        if (!TrySigaction(thread, 0, scratch) || !TryReadAction(thread, scratch, out TrapAction present))
        {
            return false;
        }

        // A program that got past the watch has its own action already.
        bool restored = present.Handler != guard.HandlerVaddr
            || (TryWriteAction(thread, scratch, group.TrapAction) && TrySigaction(thread, scratch, 0));
        group.IsGuarded = !restored;
        return restored;
    }

    private static bool TryUnmap(GuardedThread thread)
    {
        AddressSpace mm = thread.Task.Mm;
        ulong slack = TextSlack.Find(mm.Memory, ProcFile.Maps(thread.Task.Tracee.Tid));
        bool unmapped = slack != 0;
        if (unmapped)
        {
            thread.Place = new SyscallPlace(slack, mm.Memory);

            // The first one last: without it nobody would find the others.
            for (int i = mm.Areas.All.Count - 1; i >= 0; i--)
            {
                XolArea area = mm.Areas.All[i];
                ulong size = (ulong)(area.Vaddr == mm.Guard!.Vaddr ? TargetGuard.Size : XolArea.Size);
                unmapped &= thread.TryRun(new SyscallArguments(SYS_munmap, area.Vaddr, size), out long result) && result == 0;
            }

            TextSlack.Clear(mm.Memory, slack);
        }

        if (unmapped)
        {
            mm.ForgetAreas();
        }

        return unmapped;
    }

    private static bool TrySigaction(GuardedThread thread, ulong action, ulong old) =>
        thread.TryRun(new SyscallArguments(SYS_rt_sigaction, SIGTRAP, action, old, sizeof(ulong)), out long result) && result == 0;

    private static bool TryReadAction(GuardedThread thread, ulong vaddr, out TrapAction action)
    {
        Span<byte> bytes = stackalloc byte[TrapAction.Size];
        bool read = thread.Task.Mm.Memory.TryRead(vaddr, bytes);
        action = read ? TrapAction.Parse(bytes) : TrapAction.Unknown;
        return read;
    }

    private static bool TryWriteAction(GuardedThread thread, ulong vaddr, TrapAction action)
    {
        Span<byte> bytes = stackalloc byte[TrapAction.Size];
        action.Format(bytes);
        return thread.Task.Mm.Memory.TryWrite(vaddr, bytes);
    }
}
