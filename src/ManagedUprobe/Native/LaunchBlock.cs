using System.Runtime.InteropServices;

namespace ManagedUprobe.Native;

/// <summary>
/// What the launch stub and its child read and write: the child shares our memory until it has executed the program, so the block and
/// everything it points to must stay where it is until then.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct LaunchBlock
{
    /// <summary>clone(2) flags.</summary>
    public ulong CloneFlags;

    /// <summary>Top of the child's stack.</summary>
    public byte* StackTop;

    /// <summary>Read end of the pipe on which the child waits to be seized.</summary>
    public long GateRead;

    /// <summary>Write end; the child closes its copy, so that the death of the tracer opens the gate with an end of file.</summary>
    public long GateWrite;

    /// <summary>Signals that the program starts with ignored, bit N-1 for signal N; all others are set to their default.</summary>
    public ulong IgnoredSignals;

    /// <summary>Signals that the program starts with blocked.</summary>
    public ulong BlockedSignals;

    /// <summary>Descriptors below <see cref="LaunchRequest.KnownDescriptors"/> that the program gets, bit N for descriptor N; the others are closed.</summary>
    public ulong InheritedDescriptors;

    /// <summary>struct rlimit64 of RLIMIT_NOFILE, applied when <see cref="SetFileLimit"/> is not 0.</summary>
    public ulong FileLimitSoft;

    /// <summary>Hard limit.</summary>
    public ulong FileLimitHard;

    /// <summary>Whether to set RLIMIT_NOFILE.</summary>
    public long SetFileLimit;

    /// <summary>Working directory to change to, null to stay.</summary>
    public byte* WorkingDirectory;

    /// <summary>Path for execve.</summary>
    public byte* Path;

    /// <summary>Null-terminated argument vector.</summary>
    public byte** Arguments;

    /// <summary>Null-terminated environment.</summary>
    public byte** Environment;

    /// <summary>struct kernel_sigaction that the child builds: handler, flags, restorer, mask.</summary>
    public ulong ActionHandler;

    /// <summary>Flags of the action, 0.</summary>
    public ulong ActionFlags;

    /// <summary>Restorer of the action, 0.</summary>
    public ulong ActionRestorer;

    /// <summary>Mask of the action, 0.</summary>
    public ulong ActionMask;

    /// <summary>Written by the child: errno of what failed.</summary>
    public long Error;

    /// <summary>Written by the child: a <see cref="LaunchStep"/>, what failed.</summary>
    public long FailedStep;
}
