using System;
using System.Threading;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Ptrace;

/// <summary>Wakes the tracer thread at a time: waitpid has no timeout.</summary>
/// <remarks>Its thread is started when a time is first asked for, and sleeps while none is due.</remarks>
internal sealed class Metronome : IDisposable
{
    private const long NanosecondsPerMillisecond = 1_000_000;

    private readonly object _lock = new();
    private readonly Action _tick;
    private Thread? _thread;
    private long _dueNs = long.MaxValue;
    private bool _ended;

    /// <summary>Creates a metronome that calls <paramref name="tick"/> on a thread of its own.</summary>
    public Metronome(Action tick) => _tick = tick;

    /// <summary>Asks for one tick at <paramref name="dueNs"/> (CLOCK_MONOTONIC), in place of the one asked for before.</summary>
    public void Set(long dueNs)
    {
        if (Volatile.Read(ref _dueNs) == dueNs)
        {
            return;
        }

        lock (_lock)
        {
            bool sooner = dueNs < _dueNs;
            _dueNs = dueNs;
            if (_thread == null)
            {
                _thread = new Thread(Run, 256 * 1024) { IsBackground = true, Name = "metronome" };
                _thread.Start();
            }
            else if (sooner)
            {
                Monitor.Pulse(_lock);
            }
        }
    }

    /// <summary>Ends the thread.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _ended = true;
            Monitor.Pulse(_lock);
        }
    }

    private void Run()
    {
        while (WaitUntilDue())
        {
            _tick();
        }
    }

    private bool WaitUntilDue()
    {
        lock (_lock)
        {
            while (!_ended)
            {
                long now = MonotonicClock.Now;
                if (_dueNs <= now)
                {
                    Volatile.Write(ref _dueNs, long.MaxValue);
                    return true;
                }

                int milliseconds = _dueNs == long.MaxValue
                    ? Timeout.Infinite
                    : (int)Math.Min(int.MaxValue, ((_dueNs - now) / NanosecondsPerMillisecond) + 1);
                _ = Monitor.Wait(_lock, milliseconds);
            }

            return false;
        }
    }
}
