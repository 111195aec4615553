namespace ManagedUprobe.Ptrace.Restart;

/// <summary>How far a thread's interrupted call is.</summary>
internal enum RestartPhase
{
    /// <summary>Nothing of ours is in the thread.</summary>
    None,

    /// <summary>It was resumed so that the kernel starts the call anew, and may not be in it yet.</summary>
    Restarted,

    /// <summary>It is in the call, with arguments of ours; the next system call stop is the call's end.</summary>
    Entered,

    /// <summary>The restart was taken back because another stop came first; its deadline still holds.</summary>
    Interrupted,

    /// <summary>An untraced run would see this EINTR too: a stop signal or a handler came.</summary>
    Genuine,
}
