using System;
using System.Collections.Generic;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;
using ManagedUprobe.Ptrace;
using ManagedUprobe.Session.Returning;
using ManagedUprobe.Uprobes;
using ManagedUprobe.Uprobes.Survival;

namespace ManagedUprobe.Session;

/// <summary>Puts the engine together and runs it on its tracer thread.</summary>
internal sealed class Tracer : ITracerLoop
{
    private readonly WaitQueue _waits;
    private readonly TaskTable _tasks = new();
    private readonly UprobesState _state;
    private readonly MmapHooks _hooks;
    private readonly SignalForwarder _signals = new();
    private readonly GuardInstaller _installer;
    private readonly ThreadBorrower _borrower;
    private readonly GuardKeeper _guards;
    private readonly TaskRegistry _registry;
    private readonly StopDispatcher _dispatcher;
    private readonly Attacher _attacher;
    private readonly Leaver _leaver;
    private readonly UprobeRegistrar _registrar;
    private readonly TracerThread _thread;
    private readonly Action _ended;
    private readonly Action<int>? _beforeRun;
    private readonly List<(IfuncResolver Resolver, string Symbol)> _resolvers = [];

    // Told of once, and not tried again at every look.
    private readonly HashSet<int> _refused = [];
    private readonly ReturnPlanner _planner;
    private readonly CpuSharing? _sharing;
    private WaitStatus _launchedStatus;
    private volatile bool _launchedHasEnded;
    private bool _stopRequested;
    private bool _hadTargets;
    private int _launched;

    /// <summary>Starts the tracer thread.</summary>
    /// <param name="options">How the session behaves.</param>
    /// <param name="ended">Called once, on a thread of its own, when the targets have been let go; then <see cref="Join"/> tells how it went.</param>
    public Tracer(SessionOptions options, Action ended)
    {
        _ended = ended;
        _beforeRun = options.BeforeRun;
        _waits = new WaitQueue(options.Log == null ? null : new TracerShare()) { CpuOf = tid => _tasks.Find(tid)?.ReadCpu(MonotonicClock.Now) ?? -1 };
        _state = new UprobesState(options.Step == StepMode.Single, options.Log);
        _hooks = new MmapHooks(_state, new UnwinderFinder());
        _installer = new GuardInstaller(_state, _waits);
        _borrower = new ThreadBorrower(_waits, _signals, OnStatus);
        _guards = new GuardKeeper(_state, _hooks, _installer, _borrower);
        _registry = new TaskRegistry(_tasks, _state, _signals, _waits);
        LifecycleHandler? lifecycle = null;
        var births = new BirthHandler(_tasks, _registry, _state, options.FollowChildren, child => lifecycle!.OnEventStop(child));
        lifecycle = new LifecycleHandler(_registry, births, _state, _signals);
        var execs = new ExecHandler(_tasks, _registry, _state, _hooks, _signals, _guards, _waits, lifecycle.LetGo);
        var allocator = new XolAllocator(_waits);
        var trap = new TrapKeeper(_state, _hooks, allocator);
        _dispatcher = new StopDispatcher(
            _tasks, lifecycle, births, execs, _signals, new SwbpHandler(_state, _hooks, allocator, trap), new SingleStepHandler(trap));
        _attacher = new Attacher(_tasks, _state, _registry, _hooks, _signals, _guards, _borrower, () => _thread!.HandleReady());
        _leaver = new Leaver(_tasks, _state, lifecycle, _guards, _signals, _borrower, (tid, status) => _thread!.Handle(tid, status), _waits);
        _registrar = new UprobeRegistrar(_state, _hooks, Unregister);
        _planner = new ReturnPlanner(options.Return, options.Log);
        if (options.ShareCpu)
        {
            _sharing = new CpuSharing();
            _tasks.Removed = _sharing.Leave;
        }

        _thread = new TracerThread(this, _waits);
        _state.Watcher = _thread.Watcher;
        if (options.HealArguments is { } arguments)
        {
            _thread.Invoke(() => _thread.Watcher!.SetHealer("/proc/self/exe", arguments));
        }
    }

    /// <summary>Has somebody told of threads that are born and end. Before anything is traced.</summary>
    /// <param name="born">Told of the parent and the child, before the child runs.</param>
    /// <param name="ended">Told of each thread that has ended, or was let go.</param>
    public void TellOfTasks(Action<int, int> born, Action<int> ended)
    {
        _tasks.Born = born;
        _tasks.Removed += ended;
    }

    /// <summary>Wait status of the launched process, null while it lives.</summary>
    public WaitStatus? LaunchedStatus => _launchedHasEnded ? _launchedStatus : null;

    /// <summary>The tracer's own share, once the session has ended; null unless the session is verbose.</summary>
    public TracerShare? Share => _waits.Share;

    /// <summary>Whether the session goes on without any process (-a: more may come).</summary>
    public bool StaysWithoutTargets { get; set; }

    /// <inheritdoc/>
    public bool IsFinished => _stopRequested || (_hadTargets && _tasks.Count == 0 && !StaysWithoutTargets);

    /// <summary>Registers a consumer; any thread.</summary>
    public UprobeRegistration Register(Uprobe uprobe, UprobeConsumer consumer)
    {
        ReturnPlan? returns = _planner.Plan(uprobe, consumer);
        return Held(() => _registrar.Register(uprobe, consumer, returns));
    }

    /// <summary>Registers several in one go, all or none; any thread.</summary>
    public IReadOnlyList<UprobeRegistration> Register(IReadOnlyList<(Uprobe Uprobe, UprobeConsumer Consumer)> wanted)
    {
        var returns = new List<ReturnPlan?>(wanted.Count);
        foreach ((Uprobe uprobe, UprobeConsumer consumer) in wanted)
        {
            returns.Add(_planner.Plan(uprobe, consumer));
        }

        return Held(() => RegisterAll(wanted, returns));
    }

    /// <summary>Attaches to processes; any thread. After an error those that came before stay attached until the session ends.</summary>
    public void Attach(IReadOnlyList<int> pids) => _thread.Invoke(() =>
    {
        foreach (int pid in pids)
        {
            Attach(pid);
        }

        _hadTargets = true;
    });

    /// <summary>Repairs a process that a dead tracer has left probed; any thread. It is left when the session ends.</summary>
    /// <exception cref="UprobeException">It may not be traced, or another tracer is there.</exception>
    public RepairReport Repair(int pid) => _thread.Invoke(() =>
    {
        ThreadGroup group = _attacher.Seize(pid, out _);
        _hadTargets = true;
        return new Repairer(_installer, _borrower).Repair(group);
    });

    /// <summary>Has a resolver look into every process that is attached, now and later; any thread.</summary>
    public void WhenAttached(IfuncResolver resolver, string symbol) => _thread.Invoke(() =>
    {
        _resolvers.Add((resolver, symbol));
        foreach (ThreadGroup group in _tasks.Groups)
        {
            LookInto(group, resolver, symbol);
        }
    });

    /// <summary>Starts a program and lets it run; any thread. The pid.</summary>
    public int Launch(LaunchRequest request) => _thread.Invoke(() =>
    {
        int pid = Launcher.Launch(request, Attacher.Options, _waits);
        ThreadGroup group = _registry.AddProcess(pid, new AddressSpace(TraceeMemory.OpenTraced(pid)) { Mode = CodeFile.ModeOf(pid) });
        UprobeTask task = _registry.AddTask(pid, group, TraceeState.Stopped, alreadyRan: false);
        bool ignoresTrap = (request.IgnoredSignals & (1UL << 4)) != 0;
        group.TrapAction = TrapAction.Default with { Handler = ignoresTrap ? TrapAction.Ignore : 0 };
        task.BlockedSignals = request.BlockedSignals;
        _guards.GuardExecuted(task);
        _hooks.UprobeMmap(group.Mm, default);
        _sharing?.Enter(pid);
        _launched = pid;
        _hadTargets = true;
        _beforeRun?.Invoke(pid);
        SignalQueue.Continue(task);
        return pid;
    });

    /// <summary>Attaches to every process, not traced yet, that maps a probed file; any thread. Those that refuse are told of and passed over.</summary>
    public void AttachAll(IReadOnlyList<int> processes) => _thread.Invoke(() =>
    {
        foreach (int pid in processes)
        {
            if (!_thread.IsOwn(pid) && _tasks.FindGroup(pid) == null && !_refused.Contains(pid) && _hooks.MapsProbedFile(pid))
            {
                try
                {
                    Attach(pid);
                }
                catch (UprobeException error)
                {
                    _ = _refused.Add(pid);
                    _state.Log(error.Message);
                }
            }
        }
    });

    /// <summary>Whether the calling thread is the tracer's: a consumer's handler is running.</summary>
    public bool IsCurrent => _thread.IsCurrent;

    /// <summary>Waits until all targets have been let go; any thread but the tracer's. What ended the session, if that was an error.</summary>
    public Exception? Join() => _thread.Join();

    /// <summary>Asks the session to end; any thread, does not wait.</summary>
    public void RequestStop() => _ = _thread.Post(() => _stopRequested = true);

    /// <inheritdoc/>
    public void OnStatus(int tid, WaitStatus status)
    {
        if (tid == _launched && status.IsEnd)
        {
            _launchedStatus = status;
            _launchedHasEnded = true;
        }

        _dispatcher.Dispatch(tid, status);
    }

    /// <inheritdoc/>
    public long NextDueNs => _signals.NextDueNs;

    /// <inheritdoc/>
    public bool IsDuePrecise => _signals.IsDuePrecise;

    /// <inheritdoc/>
    public void OnDue(long nowNs) => _signals.Poll(nowNs);

    /// <inheritdoc/>
    public void OnEnd()
    {
        if (_sharing is { } sharing)
        {
            foreach (ThreadGroup group in _tasks.Groups)
            {
                sharing.LeaveProcess(group.Pid);
            }
        }

        _leaver.Leave();
    }

    /// <inheritdoc/>
    public void OnLast() => _leaver.LetGo();

    /// <inheritdoc/>
    public bool IsBusy => _signals.IsBusy;

    /// <inheritdoc/>
    public void OnGone()
    {
        foreach (AddressSpace mm in _state.AddressSpaces)
        {
            mm.Dispose();
        }

        _signals.Dispose();
        _planner.Dispose();
        _ended();
    }

    private void Attach(int pid)
    {
        _attacher.Attach(pid);
        _sharing?.Enter(pid);
        foreach ((IfuncResolver resolver, string symbol) in _resolvers)
        {
            LookInto(_tasks.FindGroup(pid), resolver, symbol);
        }
    }

    private void LookInto(ThreadGroup? group, IfuncResolver resolver, string symbol)
    {
        if (group is { Tasks.Count: > 0 })
        {
            _borrower.WhileHeld([group.Mm], () => resolver.LookInto(group.Tasks[0].Tracee.Tid, group.Mm.Memory, symbol));
        }
    }

    private UprobeRegistration[] RegisterAll(IReadOnlyList<(Uprobe Uprobe, UprobeConsumer Consumer)> wanted, List<ReturnPlan?> returns)
    {
        var done = new List<UprobeRegistration>(wanted.Count);
        try
        {
            foreach ((Uprobe uprobe, UprobeConsumer consumer) in wanted)
            {
                done.Add(_registrar.Register(uprobe, consumer, returns[done.Count]));
            }
        }
        catch
        {
            done.ForEach(_registrar.Unregister);
            throw;
        }

        return [.. done];
    }

    private T Held<T>(Func<T> work) => _thread.Invoke(() =>
    {
        T result = default!;
        _borrower.WhileHeld([.. _state.AddressSpaces], () => result = work());
        return result;
    });

    private void Unregister(UprobeRegistration registration)
    {
        try
        {
            _ = Held(() =>
            {
                _registrar.Unregister(registration);
                return true;
            });
        }
        catch (ObjectDisposedException)
        {
            // The session has ended: its breakpoints are gone already.
        }
    }
}
