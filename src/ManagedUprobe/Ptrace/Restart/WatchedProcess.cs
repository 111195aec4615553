using System.Collections.Generic;
using ManagedUprobe.Native;
using Mono.Unix.Native;

namespace ManagedUprobe.Ptrace.Restart;

/// <summary>The watched threads of one process, and the CPU time that it had used when they were last looked at.</summary>
internal sealed class WatchedProcess(int pid)
{
    private const long Unknown = -1;

    private readonly List<WatchedThread> _members = [];
    private long _cpuNs = Unknown;

    /// <summary>Its process id.</summary>
    public int Pid => pid;

    /// <summary>Adds a thread.</summary>
    public void Add(WatchedThread thread)
    {
        _members.Add(thread);
        _cpuNs = Unknown;
    }

    /// <summary>Removes a thread.</summary>
    /// <returns>How many are left.</returns>
    public int Remove(WatchedThread thread)
    {
        _members.Remove(thread);
        return _members.Count;
    }

    /// <summary>Looks at every thread, unless none can have begun a wait since the last look.</summary>
    /// <param name="clock">What dates new waits back; null when the last look was just now.</param>
    public void Look(RunQueueClock? clock)
    {
        Errno errno = Libc.ProcessCpuNs(pid, out long cpuNs);
        if (errno == 0 && cpuNs == _cpuNs)
        {
            return;
        }

        bool unsettled = false;
        foreach (WatchedThread thread in _members)
        {
            thread.Look();
            if (clock != null)
            {
                thread.BackDate(clock);
            }

            unsettled |= thread.Unsettled;
        }

        _cpuNs = unsettled ? Unknown : cpuNs;
    }
}
