using ManagedUprobe.Ptrace;

namespace ManagedUprobe.Uprobes;

/// <summary>Resumes threads, giving back the signals that were taken from them while a displaced instruction ran.</summary>
internal static class SignalQueue
{
    /// <summary>Resumes a thread that stands where its program would be.</summary>
    /// <remarks>
    /// One stop delivers one signal. With several, the thread is stepped into the first handler and stops before its first instruction, where the next is
    /// delivered: the frames stack up as they do when the kernel delivers several at once, and one that the first handler blocks is queued again by the kernel.
    /// </remarks>
    public static void Continue(UprobeTask task)
    {
        task.ActiveSite = null;
        if (task.Deferred.Count == 0)
        {
            task.State = UprobeTaskState.Running;
            task.Tracee.Cont();
            return;
        }

        DeferredSignal signal = task.Deferred.Dequeue();
        _ = task.Tracee.TrySetSigInfo(signal.Info);
        if (task.Deferred.Count == 0)
        {
            task.State = UprobeTaskState.Running;
            task.Tracee.Cont(signal.Signal);
        }
        else
        {
            task.State = UprobeTaskState.Delivering;
            task.Tracee.SingleStep(signal.Signal);
        }
    }
}
