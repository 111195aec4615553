using System;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;
using ManagedUprobe.Ptrace.Restart;
using ManagedUprobe.Uprobes;
using Mono.Unix.Native;

namespace ManagedUprobe.Session;

/// <summary>Delivers the target's signals and resumes stops that have no other purpose, so that no system call shows them. Tracer thread.</summary>
internal sealed class SignalForwarder : IDisposable
{
    private readonly WaitClock _clock = new();
    private readonly StopRestarter _restarter;

    public SignalForwarder() => _restarter = new StopRestarter(_clock);

    /// <summary>When <see cref="Poll"/> is due, CLOCK_MONOTONIC.</summary>
    public long NextDueNs => Math.Min(_clock.NextPollNs, _restarter.NextPollNs);

    /// <summary>Whether that time is meant to the microsecond. The looks at waits are not.</summary>
    public bool IsDuePrecise => _restarter.NextPollNs <= _clock.NextPollNs;

    /// <summary>Whether threads are in the middle of being resumed, so that they should not be left yet.</summary>
    public bool IsBusy => _restarter.IsBusy;

    /// <summary>Whether a thread is in a call that is followed to its end.</summary>
    public bool IsFollowing(UprobeTask task) => _restarter.IsFollowing(task.Tracee.Tid);

    /// <summary>Looks at the waits of threads.</summary>
    public void Poll(long nowNs)
    {
        if (_restarter.NextPollNs <= nowNs)
        {
            _restarter.Poll(nowNs);
        }

        if (_clock.NextPollNs <= nowNs)
        {
            _clock.Poll(nowNs);
        }
    }

    /// <summary>A thread is about to be seized: its first stop would wipe out when its present wait began.</summary>
    public void BeforeSeize(int pid, int tid) => _clock.Add(pid, tid, alreadyRan: true);

    /// <summary>The seizing announced by <see cref="BeforeSeize"/> was refused.</summary>
    public void NotSeized(int tid) => _clock.Remove(tid);

    /// <summary>A new thread comes under trace, or has executed a program.</summary>
    public void Add(UprobeTask task) => _clock.Add(task.Group.Pid, task.Tracee.Tid, alreadyRan: false);

    /// <summary>A thread is traced no more, or is about to get another program or id.</summary>
    public void Remove(UprobeTask task)
    {
        _clock.Remove(task.Tracee.Tid);
        _restarter.Remove(task.Tracee.Tid);
    }

    /// <summary>Delivers a signal to a thread that stands in no slot.</summary>
    public void Deliver(UprobeTask task, int signal) => Resume(task, signal, signal, isEventStop: false);

    /// <summary>Resumes a thread from an interrupt, or from the end of a group-stop.</summary>
    public void OnEventStop(UprobeTask task) => Resume(task, (int)Signum.SIGTRAP, 0, isEventStop: true);

    /// <summary>Leaves a thread in its group-stop until SIGCONT.</summary>
    public void OnGroupStop(UprobeTask task, int signal)
    {
        if (task.Tracee.TryGetRegs(out UserRegs regs)
            && _restarter.OnStop(SiteOf(task, signal, true), ref regs, MonotonicClock.Now) is RestartResume.SetRegs or RestartResume.SetRegsAndSyscall)
        {
            _ = task.Tracee.TrySetRegs(in regs);
        }

        task.Tracee.Listen();
    }

    /// <summary>Resumes a thread at a system call's entry or exit.</summary>
    public void OnSyscallStop(UprobeTask task)
    {
        if (!task.Tracee.TryGetRegs(out UserRegs regs))
        {
            return;
        }

        RestartResume how = _restarter.OnSyscallStop(SiteOf(task, 0, false), ref regs, MonotonicClock.Now);
        Resume(task, 0, how, in regs);
    }

    /// <summary>A thread is about to be interrupted.</summary>
    public void BeforeInterrupt(UprobeTask task) => _clock.BeforeInterrupt(task.Tracee.Tid);

    /// <summary>A thread in an event stop is about to be let go there: it goes on with the call that the stop took it out of.</summary>
    /// <returns>False when it was resumed instead, because it should be followed.</returns>
    public bool TryBeforeLetGo(UprobeTask task)
    {
        if (!task.Tracee.TryGetRegs(out UserRegs regs))
        {
            return true;
        }

        RestartResume how = _restarter.OnLetGo(SiteOf(task, (int)Signum.SIGTRAP, true), ref regs, MonotonicClock.Now);
        if (how == RestartResume.SetRegs)
        {
            _ = task.Tracee.TrySetRegs(in regs);
        }

        bool letGo = how is RestartResume.AsIs or RestartResume.SetRegs;
        if (!letGo)
        {
            Resume(task, 0, how, in regs);
        }

        return letGo;
    }

    /// <summary>
    /// Brings a thread that an interrupt has taken out of a call that was being followed to a stop in which it can be let go. False when the stop is
    /// another, which is to be handled as always.
    /// </summary>
    public bool TryTakeOut(UprobeTask task)
    {
        bool taken = task.Tracee.TryGetRegs(out UserRegs regs) && _restarter.TryTakeOut(SiteOf(task, 0, false), ref regs)
            && task.Tracee.TrySetRegs(in regs) && task.Tracee.Interrupt();
        if (taken)
        {
            task.Tracee.Cont();
        }

        return taken;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _restarter.Dispose();
        _clock.Dispose();
    }

    private void Resume(UprobeTask task, int statusSignal, int delivered, bool isEventStop)
    {
        if (!task.Tracee.TryGetRegs(out UserRegs regs))
        {
            return;
        }

        RestartResume how = _restarter.OnStop(SiteOf(task, statusSignal, isEventStop), ref regs, MonotonicClock.Now);
        Resume(task, delivered, how, in regs);
    }

    private static void Resume(UprobeTask task, int signal, RestartResume how, in UserRegs regs)
    {
        if (how is RestartResume.SetRegs or RestartResume.SetRegsAndSyscall)
        {
            _ = task.Tracee.TrySetRegs(in regs);
        }

        if (how is RestartResume.Syscall or RestartResume.SetRegsAndSyscall)
        {
            task.Tracee.ContToSyscall(signal);
        }
        else
        {
            task.Tracee.Cont(signal);
        }
    }

    private static StopSite SiteOf(UprobeTask task, int signal, bool isEventStop) =>
        new(task.Group.Pid, task.Tracee.Tid, signal, isEventStop, task.Mm.Memory);
}
