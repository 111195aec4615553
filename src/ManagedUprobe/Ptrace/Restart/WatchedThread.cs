using System;
using ManagedUprobe.Native;
using ManagedUprobe.ProcFs;

namespace ManagedUprobe.Ptrace.Restart;

/// <summary>One thread of the <see cref="WaitClock"/>, and the wait that it was last seen in.</summary>
internal sealed class WatchedThread : IDisposable
{
    private const long NotRead = -1;

    private readonly ThreadFiles _files;
    private BlockedCall _call;
    private bool _waits;
    private bool _running = true;
    private long _timeslices = NotRead;
    private long _switches;
    private long _startNs;

    /// <summary>Opens the files of a thread.</summary>
    public WatchedThread(int pid, int tid)
    {
        Pid = pid;
        _files = new ThreadFiles(pid, tid);
    }

    /// <summary>Its process.</summary>
    public int Pid { get; }


    /// <summary>Whether the next look must not be left out although the process has not run since.</summary>
    public bool Unsettled => _running || (_waits && _switches == NotRead);

    /// <summary>Closes files.</summary>
    public void Dispose() => _files.Dispose();

    /// <summary>Looks what the thread is doing.</summary>
    public void Look()
    {
        if (!_files.TryGetTimeslices(out long timeslices))
        {
            _running = false;
            _waits = false;
            return;
        }

        if (timeslices != _timeslices || _running)
        {
            LookAnew(timeslices);
        }
        else if (_waits && _switches == NotRead)
        {
            ReadSwitches();
        }
    }

    /// <summary>Corrects the beginning of a wait that was going on before anybody looked.</summary>
    public void BackDate(RunQueueClock clock)
    {
        if (_waits && clock.TryGetSleepStart(_files, out long startNs)
            && _files.TryGetTimeslices(out long timeslices) && timeslices == _timeslices)
        {
            _startNs = Math.Min(_startNs, startNs);
            ReadSwitches();
        }
    }

    /// <summary>
    /// When the wait began that a stop (of these unchanged <paramref name="regs"/>) has just ended: at most one look's distance
    /// after the true beginning, never before it.
    /// </summary>
    /// <remarks>After PTRACE_GETREGS, which waits until the thread has gone to sleep in the stop.</remarks>
    /// <returns>False when that wait was never seen: it began after the last look.</returns>
    public bool TryGetStart(in UserRegs regs, out long startNs)
    {
        startNs = _startNs;
        if (!_waits || !IsSameCall(regs) || !_files.TryGetTimeslices(out long timeslices))
        {
            return false;
        }

        // Put on a CPU once since: woken for this stop. More often: preempted on the way here, or in a new wait meanwhile.
        // Going into the stop is the one voluntary switch behind the one that began the wait.
        return timeslices == _timeslices + 1
            || (_switches != NotRead && _files.TryGetVoluntarySwitches(out long switches) && switches == _switches + 1);
    }

    private bool IsSameCall(in UserRegs regs) =>
        _call == new BlockedCall((long)regs.orig_rax, regs.rdi, regs.rsi, regs.rdx, regs.r10, regs.r8, regs.r9, regs.rsp);

    private void LookAnew(long timeslices)
    {
        _timeslices = timeslices;
        _switches = NotRead;
        _waits = _files.TryGetBlockedCall(out _call, out _running) && MayHaveTimeout();
        _startNs = Libc.MonotonicNs(); // The wait may have begun while we looked, so not the time before.
        if (_waits && (!_files.TryGetTimeslices(out long after) || after != timeslices))
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
        _switches = read && same ? switches : NotRead;
        _running = !same;
    }

    private bool MayHaveTimeout()
    {
        if (!InterruptedCalls.TryFind(_call.Number, out InterruptedCall call))
        {
            return false;
        }

        ulong argument = call.Argument switch
        {
            2 => _call.Rdx,
            3 => _call.R10,
            _ => _call.R8,
        };
        return call.Kind switch
        {
            TimeoutKind.None => false,
            TimeoutKind.Milliseconds => unchecked((int)argument) > 0,
            TimeoutKind.Timespec or TimeoutKind.EnterArgument => argument != 0,
            _ => _files.IsSocket(_call.Rdi),
        };
    }
}
