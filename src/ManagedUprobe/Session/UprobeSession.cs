using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using ManagedUprobe.Events;
using ManagedUprobe.Native;
using ManagedUprobe.Output;
using ManagedUprobe.Primitives;
using ManagedUprobe.Ptrace;
using ManagedUprobe.Tracing;
using ManagedUprobe.Uprobes;

namespace ManagedUprobe.Session;

/// <summary>
/// Traces processes: starts them or attaches to them, places uprobes, hands out what they hit. Several sessions in one process do not disturb each other.
/// </summary>
/// <remarks>
/// <para>All methods may be called from any thread; they hand their work to the session's own tracer thread. A consumer's handler runs on that thread: it may
/// register, unregister and <see cref="Stop"/>, and must not wait for anything that the session does.</para>
/// <para>Disposing leaves the targets as if they had never been touched: bytes and return addresses are restored, threads run on.</para>
/// <para>An exception from a consumer's handler ends the session in the same way. It is what <see cref="Completion"/> fails with, and with it
/// <see cref="WaitForExitAsync"/> and the reading of events; disposing does not throw. What is asked of a session that has ended is answered by an
/// <see cref="ObjectDisposedException"/>, whose inner exception is what ended it, if that was an error.</para>
/// </remarks>
public sealed partial class UprobeSession : IAsyncDisposable, IDisposable
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Tracer _tracer;
    private readonly TargetView _target;
    private readonly IReadOnlyList<int> _pids;
    private readonly LaunchRequest? _launch;
    private readonly Lock _starting = new();
    private readonly TaskCompletionSource<int> _exit = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile ProcessWatcher? _watcher;
    private volatile bool _started;
    private volatile bool _disposed;

    private UprobeSession(SessionOptions options, TargetView target, LaunchRequest? launch, IReadOnlyList<int> pids)
    {
        _pids = pids;
        _target = target;
        _launch = launch;
        _ring = options.CountOnly ? null : new TraceRing(options.RingSize, options.RingFull);
        _events = new EventTable(target);
        _tracer = new Tracer(options, OnEnded);
        _array = new TraceArray(_events, new ProbePlacer(this, _tracer, target, options));
        _tracer.TellOfTasks(_array.OnBirth, _array.OnEnd);
        _traceFs = new Lazy<TraceFs>(() => new TraceFs(_array));
    }

    /// <summary>Prepares to start a program. It is started, stopped before its first instruction until all probes are in place, by <see cref="Start"/> or by what needs it to run.</summary>
    /// <param name="program">A path, or a name that is looked up in PATH.</param>
    /// <param name="arguments">Arguments behind the program's name.</param>
    /// <param name="options">How the session behaves.</param>
    /// <exception cref="UprobeException">There is no such program.</exception>
    public static UprobeSession Launch(string program, IReadOnlyList<string> arguments, SessionOptions? options = null) =>
        Launch(LaunchRequests.Create(program, arguments), options ?? SessionOptions.Default);

    /// <summary>Attaches to a running process, all of its threads, without stopping it.</summary>
    /// <remarks>Children that this process has started itself (by <see cref="System.Diagnostics.Process"/>, say) are refused: start them by a session.</remarks>
    /// <exception cref="UprobeException">There is no such process, or it may not be traced: the message says why. Nothing was changed.</exception>
    public static UprobeSession Attach(int pid, SessionOptions? options = null) => Attach([pid], options);

    /// <summary>Attaches to several running processes; all or none.</summary>
    /// <exception cref="UprobeException">As for one.</exception>
    public static UprobeSession Attach(IReadOnlyList<int> pids, SessionOptions? options = null)
    {
        UprobeSession session = Prepare(pids, options ?? SessionOptions.Default);
        try
        {
            session.Start();
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Traces every process that maps a file which is probed: those that exist at <see cref="Start"/>, and those that start later as far as they can be found.</summary>
    public static UprobeSession AttachAll(SessionOptions? options = null) =>
        new(options ?? SessionOptions.Default, TargetView.OfHost(), launch: null, []);

    internal static UprobeSession Launch(LaunchRequest request, SessionOptions options) =>
        new(options, TargetView.OfProgram(request), request, []);

    /// <summary>A session that attaches to its processes at <see cref="Start"/>: with its probes defined, they are placed in one go.</summary>
    internal static UprobeSession Prepare(IReadOnlyList<int> pids, SessionOptions options)
    {
        ArgumentNullException.ThrowIfNull(pids);
        ArgumentOutOfRangeException.ThrowIfZero(pids.Count, nameof(pids));
        return new UprobeSession(options, TargetView.OfProcess(pids[0]), launch: null, pids);
    }

    /// <summary>Exit status of the program that was started, as a shell shows it (128 + signal if one killed it); null while it runs, or when none was started.</summary>
    public int? ExitStatus => _tracer.LaunchedStatus is { } status
        ? ShellStatus(status)
        : _exit.Task.IsCompletedSuccessfully && ProcessId != 0 ? _exit.Task.Result : null;

    /// <summary>Process id of the program that was started; 0 before it is.</summary>
    public int ProcessId { get; private set; }

    /// <summary>Completes when nothing is traced any more: all targets have ended, or the session was stopped or disposed.</summary>
    /// <remarks>Fails with the exception of a consumer's handler that ended the session, or with a <see cref="TracerBugException"/>; the targets have been left then, too.</remarks>
    public Task Completion => _ended.Task;

    /// <summary>Starts the program, or attaches; does nothing when that was done already.</summary>
    /// <exception cref="UprobeException">The program cannot be executed (what execve said), or a process may not be traced. Another call tries again.</exception>
    /// <exception cref="ObjectDisposedException">The session has ended.</exception>
    public void Start()
    {
        if (_started)
        {
            return;
        }

        lock (_starting)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!_started)
            {
                StartTargets();
                _started = true;
            }
        }
    }

    /// <summary>Starts the program if need be, and waits until nothing is traced any more and the program has ended (also one that <see cref="Stop"/> left running).</summary>
    /// <returns>The exit status of the program that was started; 0 when none was.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled; the session goes on.</exception>
    public async Task<int> WaitForExitAsync(CancellationToken cancellationToken = default)
    {
        Start();
        await Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
        return await _exit.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Registers a consumer. Probes are in place when this returns; those of files that are mapped later follow by themselves.</summary>
    /// <exception cref="UprobeException">The kernel would refuse (524, ENOEXEC, EINVAL, EIO), whether or not any process has the file mapped.</exception>
    /// <exception cref="ObjectDisposedException">The session has ended.</exception>
    public UprobeRegistration Register(Uprobe uprobe, UprobeConsumer consumer)
    {
        ArgumentNullException.ThrowIfNull(uprobe);
        ArgumentNullException.ThrowIfNull(consumer);
        ObjectDisposedException.ThrowIf(_disposed, this);
        UprobeRegistration registration = _tracer.Register(uprobe, consumer);
        Watch(uprobe.File);
        return registration;
    }

    /// <summary>Registers several consumers at once: all or none.</summary>
    /// <exception cref="UprobeException">As for one.</exception>
    /// <exception cref="ObjectDisposedException">The session has ended.</exception>
    public IReadOnlyList<UprobeRegistration> Register(IReadOnlyList<(Uprobe Uprobe, UprobeConsumer Consumer)> probes)
    {
        ArgumentNullException.ThrowIfNull(probes);
        ObjectDisposedException.ThrowIf(_disposed, this);
        IReadOnlyList<UprobeRegistration> registrations = _tracer.Register(probes);
        foreach (UprobeRegistration registration in registrations)
        {
            Watch(registration.Uprobe.File);
        }

        return registrations;
    }

    /// <summary>Ends tracing: all targets are left and run on. Does not wait; see <see cref="Completion"/>.</summary>
    public void Stop() => _tracer.RequestStop();

    /// <summary>Leaves all targets and frees everything; returns when they have been left. A program that was started runs on, and is waited for.</summary>
    /// <exception cref="InvalidOperationException">Called by a consumer's handler: it would wait for itself.</exception>
    public void Dispose()
    {
        BeginDispose();

        // Not Wait: what ended the session is for those who ask for it.
        _ = Task.WaitAny(_ended.Task);
    }

    /// <summary>Leaves all targets and frees everything; completes when they have been left.</summary>
    /// <exception cref="InvalidOperationException">Called by a consumer's handler: it would wait for itself.</exception>
    public async ValueTask DisposeAsync()
    {
        BeginDispose();
        await _ended.Task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Waits, without tracing, for the end of the program that was started and left.</summary>
    internal int WaitForLeftProgram() => _exit.Task.GetAwaiter().GetResult();

    private static int ShellStatus(WaitStatus status) =>
        status.Kind == WaitStatusKind.Exited ? status.ExitStatus : 128 + (int)status.Signal;

    private void StartTargets()
    {
        if (_launch is { } request)
        {
            ProcessId = _tracer.Launch(request);
        }
        else if (_pids.Count > 0)
        {
            _tracer.Attach(_pids);
        }
        else
        {
            _tracer.StaysWithoutTargets = true;
            _watcher = new ProcessWatcher(_tracer, ProbedFiles);
        }
    }

    private void BeginDispose()
    {
        if (_tracer.IsCurrent)
        {
            throw new InvalidOperationException("A handler cannot dispose its session: it would wait for itself. Stop ends it without waiting.");
        }

        _disposed = true;

        // A tracer that waits for room in the ring must not wait for a reader that has gone.
        _ring?.Close();
        lock (_starting)
        {
            _watcher?.Dispose();
        }

        _tracer.RequestStop();
    }

    private void OnEnded()
    {
        var end = new Thread(AfterEnd, 256 * 1024) { IsBackground = true, Name = "end" };
        end.Start();
    }

    // On a thread of its own, because targets are let go by the end of the tracer thread, and to be there for the end of a program that was left running.
    private void AfterEnd()
    {
        Exception? error = _tracer.Join();
        _ring?.Complete();
        _array.IsOver = true;
        _ = error == null ? _ended.TrySetResult() : _ended.TrySetException(error);
        lock (_array.EventMutex)
        {
            _target.Dispose();
        }

        _ = _exit.TrySetResult(ProcessId == 0 ? 0 : ShellStatus(_tracer.LaunchedStatus ?? WaitForLaunched()));
    }

    private WaitStatus WaitForLaunched() => Libc.WaitForChild(ProcessId, out int raw) == 0 ? new WaitStatus(raw) : default;
}
