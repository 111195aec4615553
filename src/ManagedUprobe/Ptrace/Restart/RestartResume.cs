namespace ManagedUprobe.Ptrace.Restart;

/// <summary>How a stopped thread is to be resumed.</summary>
internal enum RestartResume
{
    /// <summary>Nothing changed: as the tracer would without this folder.</summary>
    AsIs,

    /// <summary>Write the registers, then as the tracer would.</summary>
    SetRegs,

    /// <summary>Write the registers, then PTRACE_SYSCALL in place of PTRACE_CONT.</summary>
    SetRegsAndSyscall,

    /// <summary>The registers stay; PTRACE_SYSCALL in place of PTRACE_CONT.</summary>
    Syscall,
}
