using System;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;
using ManagedUprobe.ProcFs;
using ManagedUprobe.Ptrace;
using ManagedUprobe.Uprobes;
using Mono.Unix.Native;

namespace ManagedUprobe.Session;

/// <summary>Takes running processes under trace without stopping them. Tracer thread.</summary>
internal sealed class Attacher
{
    /// <summary>What is asked of ptrace for every target. No PTRACE_O_EXITKILL: a target outlives us.</summary>
    public const PtraceOptions Options =
        PtraceOptions.PTRACE_O_TRACESYSGOOD
        | PtraceOptions.PTRACE_O_TRACEFORK
        | PtraceOptions.PTRACE_O_TRACEVFORK
        | PtraceOptions.PTRACE_O_TRACECLONE
        | PtraceOptions.PTRACE_O_TRACEEXEC;

    private const int SIGTRAP = 5;
    private const ulong SigTrapBit = 1UL << (SIGTRAP - 1);

    private readonly TaskTable _tasks;
    private readonly UprobesState _state;
    private readonly TaskRegistry _registry;
    private readonly MmapHooks _hooks;
    private readonly SignalForwarder _signals;
    private readonly GuardKeeper _guards;
    private readonly ThreadBorrower _borrower;
    private readonly Action _handleReady;

    /// <summary>Creates an attacher.</summary>
    /// <param name="tasks">All threads.</param>
    /// <param name="state">Uprobes and address spaces.</param>
    /// <param name="registry">Where processes and threads are entered.</param>
    /// <param name="hooks">Places the probes.</param>
    /// <param name="signals">Watches the waits of the threads.</param>
    /// <param name="guards">Makes the targets survive us.</param>
    /// <param name="borrower">Stops a thread where memory cannot be changed otherwise.</param>
    /// <param name="handleReady">Handles the stops that are there: seizing many threads takes a while.</param>
    public Attacher(
        TaskTable tasks, UprobesState state, TaskRegistry registry, MmapHooks hooks, SignalForwarder signals, GuardKeeper guards, ThreadBorrower borrower, Action handleReady)
    {
        _guards = guards;
        _borrower = borrower;
        _signals = signals;
        _handleReady = handleReady;
        _tasks = tasks;
        _state = state;
        _registry = registry;
        _hooks = hooks;
    }

    /// <summary>Seizes every thread of a process and places its probes.</summary>
    /// <exception cref="UprobeException">There is no such process, or it may not be traced: nothing was changed.</exception>
    public void Attach(int pid)
    {
        if (_tasks.FindGroup(pid) != null)
        {
            return;
        }

        _hooks.Prepare(pid);
        ThreadGroup group = Seize(pid, out ProcStatus status);
        group.TrapAction = ActionOf(status);
        _guards.Guard(group);

        // A thread that has its signals blocked already hits the end of that with SIGTRAP blocked, once: this should be over soon, or not be at all.
        bool hitsBlocked = _hooks.HitsWithSignalsBlocked(group.Mm);
        UnblockTraps(group, hitsBlocked);
        _borrower.WhileHeld([group.Mm], () =>
        {
            _hooks.UprobeMmap(group.Mm, default, () =>
            {
                UnblockTraps(group, hitsBlocked);
                HandleReady(group.Mm);
            });

            // A mapping made between the reading of the mappings and the placing of the watch on new ones.
            _hooks.UprobeMmap(group.Mm, default);
        });
        _state.Log($"process {pid} ({status.Name}): attached, {group.Tasks.Count} threads");
    }

    // A thread that is held must not be found gone.
    private void HandleReady(AddressSpace mm)
    {
        if (!mm.Memory.NeedsStop)
        {
            _handleReady();
        }
    }

    private void UnblockTraps(ThreadGroup group, bool hitsBlocked)
    {
        if (hitsBlocked)
        {
            _guards.UnblockTraps(group);
        }
    }

    /// <summary>Seizes every thread of a process, and changes nothing.</summary>
    /// <exception cref="UprobeException">As for <see cref="Attach"/>.</exception>
    public ThreadGroup Seize(int pid, out ProcStatus status)
    {
        status = ProcFile.Status(pid);
        if (!status.Exists || status.ThreadGroup != pid)
        {
            throw AttachRefusal.Explain(pid, status, Errno.ESRCH);
        }

        return status.ParentPid == Libc.GetPid() ? throw AttachRefusal.OwnChild(pid, status) : Seize(pid, status);
    }

    private ThreadGroup Seize(int pid, ProcStatus status)
    {
        // The leader last: signals to the process are addressed to it, and one that is ignored is queued once the addressee is traced, for any of the
        // threads. One that is not traced itself would come out of its call for it, and nobody would send it back.
        ThreadGroup? group = null;
        SeizeAll(pid, status, withLeader: false, ref group);
        SeizeAll(pid, status, withLeader: true, ref group);
        return group ?? throw AttachRefusal.Explain(pid, status, Errno.ESRCH);
    }

    private void SeizeAll(int pid, ProcStatus status, bool withLeader, ref ThreadGroup? group)
    {
        bool found;
        do
        {
            // Threads may be born while the list is read; those of seized threads are traced from birth, and refused here.
            found = false;
            foreach (int tid in ProcFile.Tasks(pid))
            {
                if (_tasks.Find(tid) == null && (withLeader || tid != pid))
                {
                    found |= TrySeize(pid, tid, status, ref group);
                }
            }
        }
        while (found);
    }

    private bool TrySeize(int pid, int tid, ProcStatus status, ref ThreadGroup? group)
    {
        _signals.BeforeSeize(pid, tid);
        Errno errno = Libc.PtraceSeize(tid, Options);
        if (errno == 0)
        {
            group ??= _registry.AddProcess(pid, OpenMemory(pid, tid));
            UprobeTask task = _registry.AddTask(tid, group, TraceeState.Running, alreadyRan: true);
            task.BlockedSignals = ProcFile.Status(tid).Blocked;
            _handleReady();
            return true;
        }

        _signals.NotSeized(tid);
        if (group == null && errno != Errno.ESRCH)
        {
            throw AttachRefusal.Explain(pid, status, errno);
        }

        return false;
    }

    private AddressSpace OpenMemory(int pid, int tid)
    {
        foreach (ThreadGroup group in _tasks.Groups)
        {
            if (group.Tasks.Count > 0 && Libc.SameAddressSpace(group.Tasks[0].Tracee.Tid, pid, out bool same) == 0 && same)
            {
                return group.Mm;
            }
        }

        return new AddressSpace(TraceeMemory.OpenTraced(tid)) { Mode = CodeFile.ModeOf(tid) };
    }

    private static TrapAction ActionOf(ProcStatus status)
    {
        if ((status.Ignored & SigTrapBit) != 0)
        {
            return TrapAction.Default with { Handler = TrapAction.Ignore };
        }

        return (status.Caught & SigTrapBit) != 0 ? TrapAction.Unknown : TrapAction.Default;
    }
}
