using System;
using System.Collections.Concurrent;
using System.Threading;

namespace ManagedUprobe.Ptrace;

/// <summary>Work that other threads hand to the tracer thread, and the wake-ups that tell it of it.</summary>
/// <remarks>
/// At most one wake-up is on its way, and whoever posts while it is need not send another. That holds only if the thread looks at the queue after it has
/// taken the wake-up, wherever it took it: so the arrival is noted at the taking (<see cref="WakeUpArrived"/>), never at a look at the queue.
/// </remarks>
internal sealed class WorkQueue
{
    private readonly ConcurrentQueue<Action> _work = new();
    private readonly Action _wake;
    private int _onItsWay;

    /// <summary>Creates a queue; <paramref name="wake"/> sends a wake-up, and is called by any thread.</summary>
    public WorkQueue(Action wake) => _wake = wake;

    /// <summary>Adds work, of which the thread learns by the next <see cref="Wake"/>. Any thread.</summary>
    public void Add(Action work) => _work.Enqueue(work);

    /// <summary>Makes the thread look at the queue once more. Any thread.</summary>
    public void Wake()
    {
        if (Interlocked.Exchange(ref _onItsWay, 1) == 0)
        {
            _wake();
        }
    }

    /// <summary>A wake-up was taken; <see cref="Run"/> must follow before the thread blocks. Tracer thread.</summary>
    public void WakeUpArrived() => Interlocked.Exchange(ref _onItsWay, 0);

    /// <summary>Does all the work that is there. Tracer thread.</summary>
    public void Run()
    {
        while (_work.TryDequeue(out Action? work))
        {
            work();
        }
    }
}
