using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using ManagedUprobe.Events;
using ManagedUprobe.Native;
using ManagedUprobe.Output;
using ManagedUprobe.Primitives;
using ManagedUprobe.Ptrace;
using ManagedUprobe.Uprobes;
using Mono.Unix.Native;

namespace ManagedUprobe.Session;

/// <summary>
/// Traces processes: starts them or attaches to them, places uprobes, hands out what they hit. Several sessions in one process do not disturb each other.
/// </summary>
/// <remarks>
/// <para>All methods may be called from any thread but from within a consumer's handler; they hand their work to the session's own tracer thread.</para>
/// <para>Disposing leaves the targets as if they had never been touched: bytes and return addresses are restored, threads run on.</para>
/// </remarks>
public sealed partial class UprobeSession : IAsyncDisposable, IDisposable
{
    private readonly SessionOptions _options;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Tracer _tracer;
    private readonly TargetView _target;
    private readonly IReadOnlyList<int> _pids;
    private readonly LaunchRequest? _launch;
    private ProcessWatcher? _watcher;
    private int _started;
    private int _disposed;

    private UprobeSession(SessionOptions options, TargetView target, LaunchRequest? launch, IReadOnlyList<int> pids)
    {
        _pids = pids;
        _options = options;
        _target = target;
        _launch = launch;
        _ring = options.CountOnly ? null : new TraceRing(options.RingSize, options.RingFull);
        _events = new EventTable(target);
        _tracer = new Tracer(options, OnEnded);
    }

    /// <summary>Prepares to start a program. It is started, stopped before its first instruction until all probes are in place, by <see cref="Start"/> or by what needs it to run.</summary>
    /// <param name="program">A path, or a name that is looked up in PATH.</param>
    /// <param name="arguments">Arguments behind the program's name.</param>
    /// <param name="options">How the session behaves.</param>
    /// <exception cref="UprobeException">There is no such program.</exception>
    public static UprobeSession Launch(string program, IReadOnlyList<string> arguments, SessionOptions? options = null) =>
        Launch(LaunchRequests.Create(program, arguments), options ?? SessionOptions.Default);

    /// <summary>Attaches to a running process, all of its threads, without stopping it.</summary>
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
    public int? ExitStatus => _tracer.LaunchedStatus is not { } status
        ? null
        : status.Kind == WaitStatusKind.Exited ? status.ExitStatus : 128 + (int)status.Signal;

    /// <summary>Process id of the program that was started; 0 before it is.</summary>
    public int ProcessId { get; private set; }

    /// <summary>Completes when nothing is traced any more: all targets have ended, or the session was stopped.</summary>
    public Task Completion => _ended.Task;

    /// <summary>Starts the program, or attaches; does nothing when that was done already.</summary>
    /// <exception cref="UprobeException">The program cannot be executed (what execve said), or a process may not be traced.</exception>
    public void Start()
    {
        if (Interlocked.Exchange(ref _started, 1) != 0)
        {
            return;
        }

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

    /// <summary>Starts the program if need be, and waits until nothing is traced any more.</summary>
    /// <returns>The exit status of the program that was started; 0 when none was.</returns>
    public async Task<int> WaitForExitAsync(CancellationToken cancellationToken = default)
    {
        Start();
        await Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
        return ExitStatus ?? 0;
    }

    /// <summary>Registers a consumer. Probes are in place when this returns; those of files that are mapped later follow by themselves.</summary>
    /// <exception cref="UprobeException">The kernel would refuse (524, ENOEXEC, EINVAL, EIO), whether or not any process has the file mapped.</exception>
    public UprobeRegistration Register(Uprobe uprobe, UprobeConsumer consumer)
    {
        ArgumentNullException.ThrowIfNull(uprobe);
        ArgumentNullException.ThrowIfNull(consumer);
        return _tracer.Register(uprobe, consumer);
    }

    /// <summary>Registers several consumers at once: all or none.</summary>
    /// <exception cref="UprobeException">As for one.</exception>
    public IReadOnlyList<UprobeRegistration> Register(IReadOnlyList<(Uprobe Uprobe, UprobeConsumer Consumer)> probes)
    {
        ArgumentNullException.ThrowIfNull(probes);
        return _tracer.Register(probes);
    }

    /// <summary>Ends tracing: all targets are left and run on. Does not wait; see <see cref="Completion"/>.</summary>
    public void Stop() => _tracer.RequestStop();

    /// <summary>Leaves all targets and frees everything.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            // A tracer that waits for room in the ring must not wait for a reader that has gone.
            _ring?.Close();
            _watcher?.Dispose();
            _tracer.Stop();
        }
    }

    /// <summary>Leaves all targets and frees everything.</summary>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Waits, without tracing, for the end of the program that was started and left.</summary>
    internal int WaitForLeftProgram()
    {
        if (ExitStatus != null || ProcessId == 0)
        {
            return ExitStatus ?? 0;
        }

        Errno errno = Libc.WaitForChild(ProcessId, out int raw);
        var status = new WaitStatus(raw);
        return errno != 0 ? 0 : status.Kind == WaitStatusKind.Exited ? status.ExitStatus : 128 + (int)status.Signal;
    }

    private void OnEnded()
    {
        _ring?.Complete();
        _ = _ended.TrySetResult();
    }
}
