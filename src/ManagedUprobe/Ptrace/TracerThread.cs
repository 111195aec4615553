using System;
using System.Runtime.ExceptionServices;
using System.Threading;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;

namespace ManagedUprobe.Ptrace;

/// <summary>The one OS thread that owns ptrace and wait of a session; other threads hand it work.</summary>
/// <remarks>
/// In a nutshell: ptrace belongs to the thread that seized, so everything that touches a tracee runs here, one thing after the other, without locks. Work
/// is posted to a queue and the <see cref="WakeHelper"/> ends the wait. When the thread ends, the kernel lets its tracees go without stopping them.
/// </remarks>
internal sealed class TracerThread
{
    private const ulong AllSignals = ~0UL;

    // Sleeping and being woken takes about as long: what is due sooner is waited for by looking.
    private const long SpinNs = 200_000;

    // For threads that a group-stop holds on their way into a call.
    private const long LastPatienceNs = 20_000_000;

    private readonly WorkQueue _work;
    private readonly ITracerLoop _loop;
    private readonly WaitQueue _waits;
    private readonly Thread _thread;
    private readonly Metronome _metronome;
    private readonly ManualResetEventSlim _started = new();
    private readonly ManualResetEventSlim _gone = new();
    private WakeHelper? _helper;
    private ExceptionDispatchInfo? _failure;
    private volatile bool _ended;
    private int _tid;

    /// <summary>Starts the thread; returns when it is ready for work.</summary>
    public TracerThread(ITracerLoop loop, WaitQueue waits)
    {
        _loop = loop;
        _waits = waits;
        _work = new WorkQueue(() => _helper?.Wake());
        _metronome = new Metronome(_work.Wake);
        _thread = new Thread(Run, 1 << 20) { IsBackground = true, Name = "tracer" };
        _thread.Start();
        _started.Wait();
        if (_helper == null)
        {
            _failure?.Throw();
        }
    }

    /// <summary>Whether the calling thread is this one.</summary>
    public bool IsCurrent => Thread.CurrentThread == _thread;

    /// <summary>What puts the targets' bytes back when this thread is killed.</summary>
    public Watcher? Watcher { get; private set; }

    /// <summary>Whether a process is one of the tasks that the thread has made for itself.</summary>
    public bool IsOwn(int pid) => pid == _helper?.Tid || pid == Watcher?.Tid;

    /// <summary>Hands over work, to be done before the next stop is looked at. Any thread. False when the thread has ended.</summary>
    public bool Post(Action work)
    {
        if (_ended)
        {
            return false;
        }

        _work.Add(work);
        _work.Wake();
        return true;
    }

    /// <summary>Has <paramref name="work"/> done by the tracer thread and waits for its result; exceptions come back to the caller.</summary>
    /// <exception cref="ObjectDisposedException">The tracer thread has ended; the inner exception is what ended it, if that was an error.</exception>
    public T Invoke<T>(Func<T> work)
    {
        if (IsCurrent)
        {
            return work();
        }

        var call = new TracerCall<T>(work);
        bool accepted = Post(call.Run);
        while (!accepted || !call.Wait())
        {
            // No work is done once the flag is set: what was not done by then never will be.
            if (_ended && !call.IsDone)
            {
                throw new ObjectDisposedException("The session has ended: nothing is traced any more.", _failure?.SourceException);
            }
        }

        return call.Result();
    }

    /// <summary>As <see cref="Invoke{T}"/> without a result.</summary>
    public void Invoke(Action work) => _ = Invoke(() =>
    {
        work();
        return true;
    });

    /// <summary>Waits until the kernel has let all tracees go. Not on the tracer thread.</summary>
    /// <returns>The error that ended the thread; null when it ended as it should.</returns>
    public Exception? Join()
    {
        _gone.Wait();
        return _failure?.SourceException;
    }

    /// <summary>Handles the stops that are there, without blocking, so that long work does not hold them up. Tracer thread.</summary>
    public void HandleReady()
    {
        while (_waits.TryPoll(out int tid, out WaitStatus status))
        {
            Handle(tid, status);
        }

        long now = MonotonicClock.Now;
        if (_loop.NextDueNs <= now)
        {
            _loop.OnDue(now);
        }
    }

    /// <summary>Handles one status that was waited for. Tracer thread.</summary>
    public void Handle(int tid, WaitStatus status)
    {
        if (_helper is { } helper && tid == helper.Tid)
        {
            // In this order: where another helper takes its place, whoever finds no wake-up on its way must send it to that one.
            helper.OnStatus(status);
            _work.WakeUpArrived();
        }
        else if (Watcher is { } watcher && tid == watcher.Tid)
        {
            watcher.OnEnd();
        }
        else
        {
            _loop.OnStatus(tid, status);
        }
    }

    private void Run()
    {
        // Signals of this process are for its other threads. Each stop would send it one: where this thread blocks it the kernel wakes another for it, even if only to
        // ignore it; where it does not, this thread, which the watcher traces, would stop for it.
        Libc.SuppressStopSignals();
        _ = Libc.SetSigMask(AllSignals);
        Libc.SetTurn(Libc.ShortTurnNs);
        _tid = Libc.GetTid();
        Libc.EndRestartableSequences();
        Guard(Work);
        _waits.EndStorm();

        // While it leaves, threads stand in stops and socket timeouts are not their own: an instant, as long as nobody keeps it from the CPU.
        Libc.Hurry();
        if (_helper != null)
        {
            Guard(_loop.OnEnd);
        }

        Guard(End);
    }

    private void Guard(Action step)
    {
        try
        {
            step();
        }
#pragma warning disable CA1031 // The top of a thread: the error is handed to whoever joins or invokes.
        catch (Exception error)
#pragma warning restore CA1031
        {
            _failure ??= ExceptionDispatchInfo.Capture(error);
        }
    }

    private void Work()
    {
        Watcher = new Watcher();
        _helper = new WakeHelper();
        _started.Set();
        Loop();
    }

    private void Loop()
    {
        while (true)
        {
            _work.Run();
            if (_loop.IsFinished)
            {
                return;
            }

            if (!TryNext(out int tid, out WaitStatus status))
            {
                continue;
            }

            Handle(tid, status);
        }
    }

    // False when it is time to look at the queue of work, or what was due has been done.
    private bool TryNext(out int tid, out WaitStatus status)
    {
        long due = _loop.NextDueNs;
        if (due == long.MaxValue)
        {
            return _waits.TryNext(out tid, out status);
        }

        // The clock is read once a stop; what has become due since brings a stop of its own.
        bool isPrecise = _loop.IsDuePrecise;
        long now = isPrecise ? MonotonicClock.Now : _waits.LastStopNs;
        if (due <= now)
        {
            _loop.OnDue(now);
            due = _loop.NextDueNs;
        }

        if (isPrecise && due - now < SpinNs)
        {
            return _waits.TryPoll(out tid, out status);
        }

        _metronome.Set(due);
        return _waits.TryNext(out tid, out status);
    }

    private void End()
    {
        // What is still queued is not done: the targets have been left. Who waits for it is told so.
        _ended = true;
        _metronome.Dispose();
        _helper?.Dispose();
        Watcher?.Dispose();
        _started.Set();
        new Thread(AwaitEnd, 256 * 1024) { IsBackground = true, Name = "tracer's end" }.Start();
        if (_helper != null)
        {
            // Last of all: a tracee that is in a stop when the kernel ends this thread comes out of its system call with EINTR.
            HandleLast();
        }
    }

    private void HandleLast()
    {
        Guard(_loop.OnLast);
        long patience = MonotonicClock.Now + LastPatienceNs;
        do
        {
            HandleReady();
        }
        while (_loop.IsBusy && MonotonicClock.Now < patience);

        HandleReady();
    }

    // The runtime takes a thread for ended before the kernel does, and only then are the tracees let go.
    private void AwaitEnd()
    {
        _thread.Join();
        while (Libc.TgKill(Libc.GetPid(), _tid, 0) == 0)
        {
            _ = Thread.Yield();
        }

        try
        {
            // Where the start has failed its caller has the error, and there is no session to tell of its end.
            if (_helper != null)
            {
                _loop.OnGone();
            }
        }
        finally
        {
            _gone.Set();
        }
    }
}
