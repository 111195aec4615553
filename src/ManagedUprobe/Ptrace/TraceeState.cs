namespace ManagedUprobe.Ptrace;

/// <summary>What ptrace allows to be done with a thread.</summary>
internal enum TraceeState
{
    /// <summary>It runs, or sleeps in a system call: nothing but PTRACE_INTERRUPT.</summary>
    Running,

    /// <summary>It is in a ptrace-stop that was waited for: every request.</summary>
    Stopped,

    /// <summary>It stays in a group-stop and reports SIGCONT (PTRACE_LISTEN).</summary>
    Listening,

    /// <summary>It ended, or was let go.</summary>
    Gone,
}
