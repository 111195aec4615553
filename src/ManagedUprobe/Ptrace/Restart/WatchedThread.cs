using System;
using ManagedUprobe.Native;
using ManagedUprobe.ProcFs;

namespace ManagedUprobe.Ptrace.Restart;

/// <summary>One thread of the <see cref="WaitClock"/>, and the waits that it was last seen in.</summary>
internal sealed class WatchedThread : IDisposable
{
    private readonly ThreadFiles _files;
    private readonly int _tid;
    private SeenWait _wait;
    private SeenWait _former;
    private bool _waits;
    private bool _isDated;
    private bool _running = true;
    private long _timeslices = -1;
    private long _lookNs;
    private long _earliestNs;

    /// <summary>Opens the files of a thread.</summary>
    public WatchedThread(int pid, int tid)
    {
        Pid = pid;
        _tid = tid;
        _files = new ThreadFiles(pid, tid);
    }

    /// <summary>Its process.</summary>
    public int Pid { get; }

    /// <summary>Whether the next look must not be left out although the process has not run since.</summary>
    public bool Unsettled => _running || (_waits && _wait.Switches == SeenWait.NotRead);

    /// <summary>Closes files.</summary>
    public void Dispose() => _files.Dispose();

    /// <summary>Looks what the thread is doing.</summary>
    public void Look()
    {
        long nowNs = Libc.MonotonicNs();
        if (!_files.TryGetTimeslices(out long timeslices))
        {
            _running = false;
            _waits = false;
            return;
        }

        if (timeslices != _timeslices || _running)
        {
            // It has been on a CPU since the last look, so that the wait that it may be in began after that.
            _earliestNs = _lookNs;
            LookAnew(timeslices);
        }
        else if (_waits && _wait.Switches == SeenWait.NotRead)
        {
            ReadSwitches();
        }

        _lookNs = nowNs;
    }

    /// <summary>Looks, and forgets earlier waits when the thread is in none now.</summary>
    /// <remarks>
    /// A stop that meets a thread on its way into its next wait looks, by the counts, as if it had ended the last one: that began long ago, and the new
    /// one would be over early.
    /// </remarks>
    public void BeforeInterrupt(RunQueueClock clock)
    {
        Look();
        BackDate(clock);
        if (!_waits || _running)
        {
            _wait = default;
            _former = default;
        }
    }

    /// <summary>Corrects the beginning of a wait that was going on before anybody looked; once a wait.</summary>
    public void BackDate(RunQueueClock clock)
    {
        if (_waits && !_isDated && TryGetSleepStart(clock, out long startNs)
            && _files.TryGetTimeslices(out long timeslices) && timeslices == _timeslices)
        {
            _isDated = true;
            _wait = _wait with { StartNs = Math.Min(_wait.StartNs, startNs) };
            ReadSwitches();
        }
    }

    private bool TryGetSleepStart(RunQueueClock clock, out long startNs)
    {
        if (SocketWaits.TryGetStart(_tid, _timeslices, out startNs))
        {
            return true;
        }

        bool found = clock.TryGetSleepStart(_files, out startNs);
        startNs = Math.Max(startNs, _earliestNs);
        return found;
    }

    /// <summary>
    /// When the wait began that a stop (of these unchanged <paramref name="regs"/>) has just ended: at most one look's distance
    /// after the true beginning, never before it.
    /// </summary>
    /// <remarks>After PTRACE_GETREGS, which waits until the thread has gone to sleep in the stop.</remarks>
    public bool TryGetStart(in UserRegs regs, out long startNs)
    {
        startNs = 0;
        if (!_files.TryGetTimeslices(out long timeslices))
        {
            return false;
        }

        // A look may have come between the stop and now, and have taken the stop for a wait: then it was the one before.
        bool last = IsEndedBy(_wait, regs, timeslices);
        startNs = last ? _wait.StartNs : _former.StartNs;
        return last || IsEndedBy(_former, regs, timeslices);
    }

    // Put on a CPU once since: woken for this stop. More often: preempted on the way here, or in a new wait meanwhile.
    // Going into the stop is the one voluntary switch behind the one that began the wait.
    private bool IsEndedBy(in SeenWait wait, in UserRegs regs, long timeslices) =>
        wait.IsCallOf(regs)
        && (timeslices == wait.Timeslices + 1
            || (wait.Switches != SeenWait.NotRead && _files.TryGetVoluntarySwitches(out long switches)
                && switches == wait.Switches + 1));

    private void LookAnew(long timeslices)
    {
        _timeslices = timeslices;
        _waits = _files.TryGetBlockedCall(out BlockedCall call, out _running) && MayHaveTimeout(call);
        if (!_waits)
        {
            return;
        }

        _former = _wait;
        _isDated = false;
        // The wait may have begun while we looked: so the time now, not the time before.
        _wait = new SeenWait(call, Libc.MonotonicNs(), timeslices, SeenWait.NotRead);
        if (!_files.TryGetTimeslices(out long after) || after != timeslices)
        {
            _waits = false;
            _running = true;
        }
    }

    private void ReadSwitches()
    {
        // Read between two equal counts of timeslices, so it belongs to this wait.
        bool read = _files.TryGetVoluntarySwitches(out long switches);
        bool same = _files.TryGetTimeslices(out long after) && after == _timeslices;
        _wait = _wait with { Switches = read && same ? switches : SeenWait.NotRead };
        _running = !same;
    }

    private bool MayHaveTimeout(in BlockedCall blocked)
    {
        if (!InterruptedCalls.TryFind(blocked.Number, out InterruptedCall call))
        {
            return false;
        }

        ulong argument = call.Argument switch
        {
            2 => blocked.Rdx,
            3 => blocked.R10,
            _ => blocked.R8,
        };
        return call.Kind switch
        {
            TimeoutKind.None => false,
            TimeoutKind.Milliseconds => unchecked((int)argument) > 0,
            TimeoutKind.Timespec or TimeoutKind.EnterArgument => argument != 0,
            _ => _files.IsSocket(blocked.Rdi),
        };
    }
}
