namespace ManagedUprobe.Native;

/// <summary>PTRACE_EVENT_* of linux/ptrace.h, bits 16 and up of a wait status.</summary>
internal enum PtraceEventCode
{
    None = 0,
    PTRACE_EVENT_FORK = 1,
    PTRACE_EVENT_VFORK = 2,
    PTRACE_EVENT_CLONE = 3,
    PTRACE_EVENT_EXEC = 4,
    PTRACE_EVENT_STOP = 128,
}
