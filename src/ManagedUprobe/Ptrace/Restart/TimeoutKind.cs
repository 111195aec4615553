namespace ManagedUprobe.Ptrace.Restart;

/// <summary>Where a system call has the time that it may wait at most.</summary>
internal enum TimeoutKind
{
    /// <summary>It has none, or an absolute one: to start it anew is exact.</summary>
    None,

    /// <summary>A register with signed 32-bit milliseconds; negative: endless.</summary>
    Milliseconds,

    /// <summary>A register that points to a relative struct timespec; 0: endless.</summary>
    Timespec,

    /// <summary>The struct io_uring_getevents_arg of IORING_ENTER_EXT_ARG.</summary>
    EnterArgument,

    /// <summary>SO_RCVTIMEO of the socket in the first argument.</summary>
    SocketReceive,

    /// <summary>SO_SNDTIMEO of the socket in the first argument.</summary>
    SocketSend,
}
