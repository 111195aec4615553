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
/// All its signals are blocked but the one that wakes: a handler of the runtime never runs in it. When somebody kills it another one takes its place; its end wakes as well.
/// </remarks>
internal sealed class WakeHelper : IDisposable
{
    private const Signum WakeSignal = Signum.SIGUSR1;

    // It can be killed before it is seized.
    private const int Attempts = 3;

    private ClonedTask? _task;
    private volatile int _tid;
    private bool _ended;

    /// <summary>Starts and seizes the helper. Precondition: tracer thread.</summary>
    /// <exception cref="UprobeException">It cannot be made, or not be traced.</exception>
    public WakeHelper() => Start();

    /// <summary>Process id of the helper.</summary>
    public int Tid => _tid;

    /// <summary>Wakes the tracer thread. Any thread. Several calls may become one stop, none becomes no stop.</summary>
    public void Wake() => _ = Libc.TgKill(Tid, Tid, WakeSignal);

    /// <summary>A status of the helper was waited for. Precondition: tracer thread.</summary>
    public void OnStatus(WaitStatus status)
    {
        if (_ended)
        {
            // A stop that was taken before the end and is looked at behind it.
        }
        else if (status.IsEnd)
        {
            _task!.Dispose();
            _task = null;
            Start();
        }
        else
        {
            _ = Libc.PtraceCont(Tid, 0);
        }
    }

    /// <summary>Ends the helper and waits for its end. Precondition: tracer thread.</summary>
    public void Dispose()
    {
        _ended = true;
        if (_task != null)
        {
            End(_task);
            _task = null;
        }
    }

    private void Start()
    {
        Errno errno = Errno.EAGAIN;
        for (int attempt = 0; attempt < Attempts && errno != 0; attempt++)
        {
            errno = TryStart();
        }

        if (errno != 0)
        {
            throw new UprobeException(errno, $"cannot trace here: seizing a task of our own failed ({errno}); 'muprobe doctor' tells why");
        }
    }

    private Errno TryStart()
    {
        var task = new ClonedTask(WakeStub.Assemble(), ~(1UL << ((int)WakeSignal - 1)));
        Errno errno = task.Result < 0 ? (Errno)(-task.Result) : Libc.PtraceSeize((int)task.Result, PtraceOptions.PTRACE_O_EXITKILL);
        if (errno == 0)
        {
            (_task, _tid) = (task, (int)task.Result);
        }
        else
        {
            End(task);
        }

        return errno;
    }

    private static void End(ClonedTask task)
    {
        int tid = (int)task.Result;
        bool isDead = tid < 0 || Libc.Kill(tid, Signum.SIGKILL) != 0;
        while (!isDead && Libc.WaitFor(tid, block: true, out _, out int raw) == 0)
        {
            isDead = new WaitStatus(raw).IsEnd;
        }

        task.Dispose();
    }
}
