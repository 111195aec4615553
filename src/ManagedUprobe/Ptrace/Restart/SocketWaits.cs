using System.Collections.Concurrent;

namespace ManagedUprobe.Ptrace.Restart;

/// <summary>
/// When the waits on sockets truly began that a session of this process has started anew. A later session that finds the thread in the same sleep cannot
/// see it: the socket has its full timeout again, and the thread went to sleep when the call was started anew. Any thread.
/// </summary>
internal static class SocketWaits
{
    private const int Many = 4096;

    private static readonly ConcurrentDictionary<int, (long Timeslices, long StartNs)> s_waits = new();

    /// <summary>A thread sleeps in a call that was started anew.</summary>
    public static void Note(int tid, long timeslices, long startNs)
    {
        if (s_waits.Count >= Many)
        {
            // Of threads that ended long ago, most likely.
            s_waits.Clear();
        }

        s_waits[tid] = (timeslices, startNs);
    }

    /// <summary>When the wait began that the thread is in; it has been put on a CPU <paramref name="timeslices"/> times.</summary>
    public static bool TryGetStart(int tid, long timeslices, out long startNs)
    {
        bool found = s_waits.TryGetValue(tid, out (long Timeslices, long StartNs) wait) && wait.Timeslices == timeslices;
        startNs = wait.StartNs;
        return found;
    }
}
