using ManagedUprobe.Native;
using ManagedUprobe.Primitives;
using ManagedUprobe.ProcFs;

namespace ManagedUprobe.Ptrace.Restart;

/// <summary>
/// The system calls that come back early from a ptrace stop. All others either restart by themselves with the time that is
/// left (poll, select, nanosleep, futex), restart exactly because they wait without end or until an absolute time (pipe reads,
/// msgrcv, mq_timedreceive, locks, wait4), or report EINTR to an untraced caller too (pause, sigsuspend).
/// </summary>
internal static class InterruptedCalls
{
    /// <summary>rax of a call that ended because something is pending.</summary>
    public const long Eintr = -4;

    /// <summary>
    /// −ERESTARTNOHAND: the kernel starts the call anew when no handler runs, and returns EINTR when one does. Exactly what
    /// an untraced task sees, whatever comes behind the signal that is being judged.
    /// </summary>
    public const long RestartNoHand = -514;

    private const int IoUringEnter = 426;
    private const ulong EnterGetEvents = 1;

    private static readonly InterruptedCall[] s_calls =
    [
        new(232, Eintr, TimeoutKind.Milliseconds, 3), // epoll_wait
        new(281, Eintr, TimeoutKind.Milliseconds, 3), // epoll_pwait
        new(441, Eintr, TimeoutKind.Timespec, 3), // epoll_pwait2
        new(128, Eintr, TimeoutKind.Timespec, 2), // rt_sigtimedwait
        new(65, Eintr, TimeoutKind.None, 0), // semop
        new(220, Eintr, TimeoutKind.Timespec, 3), // semtimedop
        new(208, Eintr, TimeoutKind.Timespec, 4), // io_getevents
        new(333, RestartNoHand, TimeoutKind.Timespec, 4), // io_pgetevents
        new(IoUringEnter, Eintr, TimeoutKind.EnterArgument, 4),
        new(0, Eintr, TimeoutKind.SocketReceive, 0), // read
        new(19, Eintr, TimeoutKind.SocketReceive, 0), // readv
        new(43, Eintr, TimeoutKind.SocketReceive, 0), // accept
        new(45, Eintr, TimeoutKind.SocketReceive, 0), // recvfrom
        new(47, Eintr, TimeoutKind.SocketReceive, 0), // recvmsg
        new(288, Eintr, TimeoutKind.SocketReceive, 0), // accept4
        new(299, Eintr, TimeoutKind.SocketReceive, 0), // recvmmsg
        new(1, Eintr, TimeoutKind.SocketSend, 0), // write
        new(20, Eintr, TimeoutKind.SocketSend, 0), // writev
        new(42, Eintr, TimeoutKind.SocketSend, 0), // connect
        new(44, Eintr, TimeoutKind.SocketSend, 0), // sendto
        new(46, Eintr, TimeoutKind.SocketSend, 0), // sendmsg
        new(307, Eintr, TimeoutKind.SocketSend, 0), // sendmmsg
    ];

    /// <summary>The call with this number, whatever its state.</summary>
    public static bool TryFind(long number, out InterruptedCall call)
    {
        foreach (InterruptedCall candidate in s_calls)
        {
            if (candidate.Number == number)
            {
                call = candidate;
                return true;
            }
        }

        call = default;
        return false;
    }

    /// <summary>
    /// Whether the registers at a stop are those of a call that the stop has ended early. They are not when the thread was
    /// in user code (orig_rax is −1) or in a handler's first instruction (rax is 0). The calls of 32-bit code have other numbers and timeouts: they are left as the stop leaves them.
    /// </summary>
    public static bool TryFind(in UserRegs regs, out InterruptedCall call)
    {
        long result = unchecked((long)regs.rax);
        if (regs.cs == ExecutionModes.UserCode32 || (result >= 0 && !IsSubmission(regs)) || !TryFind(unchecked((long)regs.orig_rax), out call))
        {
            call = default;
            return false;
        }

        return result == call.Result || IsSubmission(regs);
    }

    /// <summary>Whether a stop, or a signal that a traced thread is given although it is ignored, ends the wait that a thread is in.</summary>
    /// <remarks>A socket without a timeout, and what is no socket, is read from again.</remarks>
    public static bool EndsEarly(int pid, in BlockedCall blocked) =>
        TryFind(blocked.Number, out InterruptedCall call)
        && (call.Kind is not (TimeoutKind.SocketReceive or TimeoutKind.SocketSend) || SocketTimeout.TryRead(pid, blocked.Rdi, call.Kind, out _));

    /// <summary>Whether it is to return how much it has submitted, which a call that is started anew does not know.</summary>
    public static bool Submits(in BlockedCall blocked) => blocked.Number == IoUringEnter && unchecked((uint)blocked.Rsi) != 0;

    /// <summary>
    /// Whether io_uring_enter has submitted all that it was given and was then to wait. An interrupted wait hides behind the
    /// number of submissions; where it was not interrupted, the completions are there and to wait again takes no time.
    /// </summary>
    public static bool IsSubmission(in UserRegs regs) =>
        regs.orig_rax == IoUringEnter && regs.rax != 0 && regs.rax == unchecked((uint)regs.rsi)
        && unchecked((uint)regs.rdx) != 0 && (regs.r10 & EnterGetEvents) != 0;
}
