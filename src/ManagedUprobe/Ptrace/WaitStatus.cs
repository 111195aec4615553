using ManagedUprobe.Native;
using Mono.Unix.Native;

namespace ManagedUprobe.Ptrace;

/// <summary>A raw wait status, decoded once.</summary>
/// <param name="Raw">What waitpid gave.</param>
internal readonly record struct WaitStatus(int Raw)
{
    private const int SyscallGoodBit = 0x80;
    private const int Stopped = 0x7f;

    /// <summary>What happened.</summary>
    public WaitStatusKind Kind
    {
        get
        {
            if ((Raw & 0x7f) == 0)
            {
                return WaitStatusKind.Exited;
            }

            if ((Raw & 0xff) != Stopped)
            {
                return WaitStatusKind.Killed;
            }

            return Event switch
            {
                PtraceEventCode.None when RawSignal == ((int)Signum.SIGTRAP | SyscallGoodBit) => WaitStatusKind.SyscallStop,
                PtraceEventCode.None => WaitStatusKind.SignalStop,
                // PTRACE_EVENT_STOP with a stopping signal is a group-stop; with SIGTRAP an interrupt, a SIGCONT or a new child.
                PtraceEventCode.PTRACE_EVENT_STOP when RawSignal != (int)Signum.SIGTRAP => WaitStatusKind.GroupStop,
                _ => WaitStatusKind.PtraceEvent,
            };
        }
    }

    /// <summary>Whether a SIGTRAP stopped the thread: a hit, nearly always.</summary>
    public bool IsTrap => Raw == (((int)Signum.SIGTRAP << 8) | Stopped);

    /// <summary>Whether a signal stopped the thread, or a system call: no event.</summary>
    public bool IsPlainStop => Raw >> 16 == 0 && (Raw & 0xff) == Stopped;

    /// <summary>Exit status of <see cref="WaitStatusKind.Exited"/>.</summary>
    public int ExitStatus => (Raw >> 8) & 0xff;

    /// <summary>Signal of a stop, or the one that killed.</summary>
    public Signum Signal => Kind == WaitStatusKind.Killed ? (Signum)(Raw & 0x7f) : (Signum)(RawSignal & ~SyscallGoodBit);

    /// <summary>The event of a ptrace event stop.</summary>
    public PtraceEventCode Event => (PtraceEventCode)(Raw >> 16);

    /// <summary>Whether the task is no more.</summary>
    public bool IsEnd => Kind is WaitStatusKind.Exited or WaitStatusKind.Killed;

    private int RawSignal => (Raw >> 8) & 0xff;
}
