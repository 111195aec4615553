using System;
using System.Threading;
using System.Threading.Tasks;

namespace ManagedUprobe.Output;

/// <summary>Where one side of a ring sleeps until the other side has done something for it.</summary>
/// <remarks>
/// The waker changes the ring's state, then looks at the flag; the sleeper sets the flag, then looks at the state: with a full
/// barrier between on both sides one of them sees the other, so no wake-up is lost, and with nobody asleep a wake-up costs that barrier alone.
/// </remarks>
/// <param name="ready">Whether there is no need to sleep (any longer). Called under the gate's lock.</param>
internal sealed class RingGate(Func<bool> ready)
{
    private readonly object _lock = new();
    private volatile bool _asleep;
    private TaskCompletionSource? _awaiter;

    /// <summary>Wakes the sleeper, if there is one and it has a reason.</summary>
    public void Wake()
    {
        Interlocked.MemoryBarrier();
        if (_asleep && ready())
        {
            Pulse();
        }
    }

    /// <summary>Sleeps until the condition holds or the time is over. One thread at a time.</summary>
    /// <returns>Whether the condition holds.</returns>
    public bool Sleep(int milliseconds)
    {
        long deadline = milliseconds == Timeout.Infinite ? long.MaxValue : Environment.TickCount64 + milliseconds;
        lock (_lock)
        {
            _asleep = true;
            Interlocked.MemoryBarrier();
            bool done = ready();
            while (!done && Remaining(deadline) is int left && left != 0)
            {
                _ = Monitor.Wait(_lock, left);
                done = ready();
            }

            _asleep = false;
            return done;
        }
    }

    /// <summary>As <see cref="Sleep"/> without a thread: completes when the condition may hold; a wake-up that was meant for the sleep before ends it early.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task SleepAsync(CancellationToken cancellationToken)
    {
        var awaiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _awaiter = awaiter;
            _asleep = true;
        }

        Interlocked.MemoryBarrier();
        try
        {
            if (!ready())
            {
                await awaiter.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            lock (_lock)
            {
                _awaiter = null;
                _asleep = false;
            }
        }
    }

    private static int Remaining(long deadline) =>
        deadline == long.MaxValue ? Timeout.Infinite : (int)Math.Max(0, deadline - Environment.TickCount64);

    private void Pulse()
    {
        lock (_lock)
        {
            if (_awaiter is { } awaiter)
            {
                _asleep = false;
                _ = awaiter.TrySetResult();
            }

            Monitor.PulseAll(_lock);
        }
    }
}
