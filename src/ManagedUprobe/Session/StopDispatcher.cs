using ManagedUprobe.Native;
using ManagedUprobe.Ptrace;
using ManagedUprobe.Uprobes;
using Mono.Unix.Native;

namespace ManagedUprobe.Session;

/// <summary>Decides who handles a stop: the one switch over what waitpid can say. Tracer thread.</summary>
/// <remarks>
/// <code>
/// exited, killed          LifecycleHandler.OnEnd
/// SIGTRAP, engine steps   SingleStepHandler.HandleSingleStep
/// SIGTRAP otherwise       SwbpHandler.HandleSwbp; not ours: delivered
/// other signals           held back in a slot (SingleStepHandler), else SignalForwarder.Deliver
/// group-stop              PTRACE_LISTEN: job control goes on as if nobody were there
/// fork, vfork, clone      BirthHandler.OnBirth
/// exec                    ExecHandler.OnExec
/// PTRACE_EVENT_STOP       LifecycleHandler.OnEventStop
/// system call stop        SignalForwarder.OnSyscallStop: the end of a call that was started anew
/// </code>
/// </remarks>
internal sealed class StopDispatcher
{
    // si_code of the traps that end a single step: of an instruction, of a system call, of stepping into a signal handler.
    private const int StepIntoHandler = (int)Signum.SIGTRAP;

    private readonly TaskTable _tasks;
    private readonly LifecycleHandler _lifecycle;
    private readonly BirthHandler _births;
    private readonly ExecHandler _execs;
    private readonly SignalForwarder _signals;
    private readonly SwbpHandler _swbp;
    private readonly SingleStepHandler _steps;

    public StopDispatcher(
        TaskTable tasks, LifecycleHandler lifecycle, BirthHandler births, ExecHandler execs, SignalForwarder signals, SwbpHandler swbp, SingleStepHandler steps)
    {
        _steps = steps;
        _signals = signals;
        _tasks = tasks;
        _lifecycle = lifecycle;
        _births = births;
        _execs = execs;
        _swbp = swbp;
    }

    /// <summary>Handles one status; a thread that it stopped has been resumed, or let go.</summary>
    public void Dispatch(int tid, WaitStatus status)
    {
        if (status.IsTrap && _tasks.Find(tid) is { } hit)
        {
            hit.Tracee.Stopped();
            OnTrap(hit);
            return;
        }

        if (status is { Kind: WaitStatusKind.PtraceEvent, Event: PtraceEventCode.PTRACE_EVENT_EXEC })
        {
            _execs.OnExec(tid);
            return;
        }

        if (_tasks.Find(tid) is not { } task)
        {
            _births.OnUnknown(tid, status);
            return;
        }

        if (status.IsEnd)
        {
            _lifecycle.OnEnd(task);
            return;
        }

        task.Tracee.Stopped();
        switch (status.Kind)
        {
            case WaitStatusKind.SignalStop:
                OnSignal(task, (int)status.Signal);
                break;
            case WaitStatusKind.GroupStop when _lifecycle.TryGoOnToTrap(task):
                break;
            case WaitStatusKind.GroupStop:
                _signals.OnGroupStop(task, (int)status.Signal);
                break;
            case WaitStatusKind.PtraceEvent when status.Event == PtraceEventCode.PTRACE_EVENT_STOP:
                _lifecycle.OnEventStop(task);
                break;
            case WaitStatusKind.PtraceEvent:
                _births.OnBirth(task, status.Event);
                break;
            default:
                _signals.OnSyscallStop(task);
                break;
        }
    }

    private void OnTrap(UprobeTask task)
    {
        if (task.State != UprobeTaskState.Running && IsStepTrap(task))
        {
            _steps.HandleSingleStep(task);
        }
        else if (!_swbp.HandleSwbp(task))
        {
            OnForeignTrap(task);
        }
    }

    // The handler that the kernel would call is ours, which knows the program's; only an ignored signal must not interrupt anything.
    private void OnForeignTrap(UprobeTask task)
    {
        if (task.Tracee.TryGetSigInfo(out SigInfo info) && TrapMask.TryHold(task, info))
        {
            // As if it had not come: an interrupt of ours.
            _lifecycle.OnEventStop(task);
        }
        else if (task.Group is { IsGuarded: true, TrapAction: { IsKnown: true, Handler: TrapAction.Ignore } } && task.State == UprobeTaskState.Running)
        {
            _signals.OnEventStop(task);
        }
        else
        {
            OnSignal(task, (int)Signum.SIGTRAP);
        }
    }

    private void OnSignal(UprobeTask task, int signal)
    {
        TrapMask.BeforeSignal(task);
        CoreDump.BeforeSignal(task, signal);
        if (task.State != UprobeTaskState.Running)
        {
            SingleStepHandler.HandleSignal(task, signal);
        }
        else if (!SingleStepHandler.TryHandleSignalInSlot(task, signal))
        {
            _signals.Deliver(task, signal);
        }
    }

    private static bool IsStepTrap(UprobeTask task) =>
        !task.Tracee.TryGetSigInfo(out SigInfo info)
        || info.si_code is SigInfo.TRAP_TRACE or SigInfo.TRAP_BRKPT or StepIntoHandler;
}
