using System.Threading;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Ptrace;

/// <summary>Keeps a CPU from being idle, so that the kernel does not start the target there but leaves it beside the tracer.</summary>
/// <remarks>
/// A thread of ours that waits on that CPU and offers it to everybody all the time: who has work there gets it at once, and the thread comes back when that is done. It burns
/// what nobody else wants, and that only as long as stops come (<see cref="GoOn"/>). It is at the priority of all others: at the lowest, where the CPU counts
/// as idle, it could not be ended, nor the process, as long as others keep it from running.
/// </remarks>
internal sealed class CpuHolder
{
    private const long PatienceNs = 2 * WaitPolicy.LongestGapNs;

    // Rounds of the processor's own pause between two offers: on a core that both CPUs share they leave most of it to the other one.
    private const int Pause = 256;

    private readonly AutoResetEvent _wake = new(false);
    private Thread? _thread;
    private long _until;
    private int _tid;
    private volatile int _cpu = -1;
    private volatile bool _ended;

    /// <summary>The CPU that is held; -1: none.</summary>
    public int Cpu => _cpu;

    /// <summary>Holds a CPU instead of another one; at the very first call maybe not yet.</summary>
    public void Hold(int cpu, long nowNs)
    {
        if (_thread == null)
        {
            _thread = new Thread(Run, 64 * 1024) { IsBackground = true, Name = "holds a CPU" };
            _thread.Start();
        }

        // Not by itself: it would have to get a turn first, on the CPU where it is not wanted any more.
        if (Volatile.Read(ref _tid) is var tid && tid != 0 && Libc.SetOnlyCpu(tid, cpu) == 0)
        {
            _cpu = cpu;
            GoOn(nowNs);
            _ = _wake.Set();
        }
    }

    /// <summary>A stop has come: the CPU is held for a while from now on.</summary>
    public void GoOn(long nowNs) => Volatile.Write(ref _until, nowNs + PatienceNs);

    /// <summary>Lets the CPU go.</summary>
    public void Release() => _cpu = -1;

    /// <summary>Ends the thread.</summary>
    public void End()
    {
        Release();
        _ended = true;
        _ = _wake.Set();
    }

    private void Run()
    {
        Volatile.Write(ref _tid, Libc.GetTid());
        while (!_ended)
        {
            while (_cpu >= 0 && MonotonicClock.Now < Volatile.Read(ref _until))
            {
                Thread.SpinWait(Pause);
                _ = Thread.Yield();
            }

            _ = _wake.WaitOne();
        }
    }
}
