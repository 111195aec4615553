using System;
using ManagedUprobe.Arch.X64;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Ptrace;

/// <summary>
/// Wakes the tracer thread out of waitpid: a task of ours that does nothing, seized by the tracer; a signal to it is a stop to wait for.
/// </summary>
/// <remarks>
/// It shares memory and descriptors with this process, so it holds nothing open, and dies with the tracer thread (PTRACE_O_EXITKILL).
/// All its signals are blocked but the one that wakes: a handler of the runtime never runs in it.
/// </remarks>
internal sealed class WakeHelper : IDisposable
{
    private const Signum WakeSignal = Signum.SIGUSR1;
    private readonly ClonedTask _task;
    private bool _dead;
    private bool _ended;

    /// <summary>Starts and seizes the helper. Precondition: tracer thread.</summary>
    public WakeHelper()
    {
        _task = new ClonedTask(WakeStub.Assemble(), ~(1UL << ((int)WakeSignal - 1)));
        Tid = (int)_task.Result;
        Errno errno = Tid < 0 ? (Errno)(-Tid) : Libc.PtraceSeize(Tid, PtraceOptions.PTRACE_O_EXITKILL);
        if (errno != 0)
        {
            throw new UprobeException(errno, $"cannot trace here: seizing a task of our own failed ({errno}); 'muprobe doctor' tells why");
        }
    }

    /// <summary>Process id of the helper.</summary>
    public int Tid { get; }

    /// <summary>Wakes the tracer thread. Any thread. Several calls may become one stop, none becomes no stop.</summary>
    public void Wake() => _ = Libc.TgKill(Tid, Tid, WakeSignal);

    /// <summary>A status of the helper was waited for. Precondition: tracer thread.</summary>
    public void OnStatus(WaitStatus status)
    {
        if (_ended)
        {
            // A stop that was taken before the end and is looked at behind it.
            return;
        }

        _dead |= status.IsEnd;
        Invariant.Require(!_dead, "the wake helper was killed");
        _ = Libc.PtraceCont(Tid, 0);
    }

    /// <summary>Ends the helper and waits for its end. Precondition: tracer thread.</summary>
    public void Dispose()
    {
        _ended = true;
        _ = Libc.Kill(Tid, Signum.SIGKILL);
        while (!_dead && Libc.WaitFor(Tid, block: true, out _, out int raw) == 0)
        {
            _dead = new WaitStatus(raw).IsEnd;
        }

        _task.Dispose();
    }
}
