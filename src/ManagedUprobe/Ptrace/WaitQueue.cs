using System.Collections.Generic;
using ManagedUprobe.Native;

namespace ManagedUprobe.Ptrace;

/// <summary>All waits of a tracer go through here: a stop that arrives while another one is wanted is kept, none is lost.</summary>
/// <remarks>
/// waitpid looks through the tracees in a fixed order, so the first of several busy threads would be served for ever. All stops that
/// are ready are therefore taken before the first of them is handled. Precondition of every method: tracer thread.
/// </remarks>
internal sealed class WaitQueue
{
    private readonly Queue<(int Tid, WaitStatus Status)> _ready = new(64);

    /// <summary>How many tasks may have something to report; with one alone there is nobody to be unfair to.</summary>
    public int Tracees { get; set; }

    /// <summary>The next stop or end; blocks until there is one.</summary>
    /// <returns>False when there is nobody to wait for.</returns>
    public bool TryNext(out int tid, out WaitStatus status)
    {
        if (_ready.TryDequeue(out (int Tid, WaitStatus Status) kept))
        {
            (tid, status) = kept;
            return true;
        }

        bool any = Libc.WaitAny(block: true, out tid, out int raw) == 0;
        status = new WaitStatus(raw);
        if (any && Tracees > 1)
        {
            Drain();
        }

        return any;
    }

    /// <summary>Whether a stop is ready, without blocking.</summary>
    public bool TryPoll(out int tid, out WaitStatus status)
    {
        if (_ready.Count == 0)
        {
            Drain();
        }

        bool any = _ready.TryDequeue(out (int Tid, WaitStatus Status) kept);
        (tid, status) = kept;
        return any;
    }

    /// <summary>Blocks until <paramref name="wanted"/> stops or ends; its oldest kept status comes first.</summary>
    /// <returns>False when there is no such tracee.</returns>
    public bool TryWaitFor(int wanted, out WaitStatus status)
    {
        for (int i = _ready.Count; i > 0; i--)
        {
            (int Tid, WaitStatus Status) kept = _ready.Dequeue();
            if (kept.Tid == wanted)
            {
                RotateBy(i - 1);
                status = kept.Status;
                return true;
            }

            _ready.Enqueue(kept);
        }

        bool any = Libc.WaitFor(wanted, block: true, out _, out int raw) == 0;
        status = new WaitStatus(raw);
        return any;
    }

    /// <summary>Puts a status back, to be handled later.</summary>
    public void Keep(int tid, WaitStatus status) => _ready.Enqueue((tid, status));

    private void Drain()
    {
        while (Libc.WaitAny(block: false, out int tid, out int raw) == 0 && tid != 0)
        {
            _ready.Enqueue((tid, new WaitStatus(raw)));
        }
    }

    // Restores the order of the queue after an element was taken out of its middle.
    private void RotateBy(int count)
    {
        for (; count > 0; count--)
        {
            _ready.Enqueue(_ready.Dequeue());
        }
    }
}
