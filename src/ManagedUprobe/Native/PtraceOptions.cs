using System;

namespace ManagedUprobe.Native;

/// <summary>PTRACE_O_* of linux/ptrace.h.</summary>
[Flags]
internal enum PtraceOptions
{
    None = 0,
    PTRACE_O_TRACESYSGOOD = 0x01,
    PTRACE_O_TRACEFORK = 0x02,
    PTRACE_O_TRACEVFORK = 0x04,
    PTRACE_O_TRACECLONE = 0x08,
    PTRACE_O_TRACEEXEC = 0x10,
    PTRACE_O_EXITKILL = 0x100000,
}
