namespace ManagedUprobe.Ptrace;

/// <summary>Kinds of wait status.</summary>
internal enum WaitStatusKind
{
    /// <summary>The task ended by exit.</summary>
    Exited,

    /// <summary>A signal ended the task.</summary>
    Killed,

    /// <summary>Signal-delivery-stop: a signal is about to be delivered.</summary>
    SignalStop,

    /// <summary>The process is stopped by SIGSTOP, SIGTSTP, SIGTTIN or SIGTTOU.</summary>
    GroupStop,

    /// <summary>System call entry or exit, after PTRACE_SYSCALL.</summary>
    SyscallStop,

    /// <summary>PTRACE_EVENT_*.</summary>
    PtraceEvent,
}
