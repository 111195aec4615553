using System.Runtime.InteropServices;
using Mono.Unix.Native;

namespace ManagedUprobe.Native;

internal static unsafe partial class Libc
{
    private const int WNOHANG = 1;
    private const int __WNOTHREAD = 0x20000000;
    private const int __WALL = 0x40000000;

    private const int WEXITED = 4;
    private const int WUNTRACED = 2;
    private const int WNOWAIT = 0x01000000;
    private const int P_ALL = 0;
    private const int P_PID = 1;
    private const int CLD_EXITED = 1;
    private const int CLD_KILLED = 2;
    private const int CLD_DUMPED = 3;
    private const int CoreFlag = 0x80;
    private const int StoppedFlag = 0x7f;

    /// <summary>
    /// Looks for a stop or an end of any tracee of this OS thread, which stays there to be looked at again until the tracee is resumed, or its status taken. __WNOTHREAD: children of the
    /// host's other threads are neither taken nor lost.
    /// </summary>
    /// <param name="block">Whether to sleep until there is one.</param>
    /// <param name="status">The wait status as waitpid would give it.</param>
    /// <param name="tid">The thread that it is about; 0 when none is waiting and <paramref name="block"/> is false.</param>
    /// <returns>0, or ECHILD when there is nobody left to wait for.</returns>
    public static Errno PeekAny(bool block, out int tid, out int status) => Peek(P_ALL, 0, block, out tid, out status);

    /// <summary>As <see cref="PeekAny"/>, for one thread.</summary>
    public static Errno PeekFor(int wanted, bool block, out int tid, out int status) => Peek(P_PID, wanted, block, out tid, out status);

    /// <summary>Takes the status of one thread: a stop is reported once, an ended thread is reaped.</summary>
    /// <returns>0 (with <paramref name="tid"/> 0 when there is none and <paramref name="block"/> is false), or ECHILD.</returns>
    public static Errno WaitFor(int wanted, bool block, out int tid, out int status) =>
        Wait(wanted, block, out tid, out status);

    /// <summary>Waits for the end of a child of this process that nobody traces any more; any thread.</summary>
    public static Errno WaitForChild(int pid, out int status)
    {
        int raw = 0;
        int result;
        do
        {
            result = waitpid(pid, &raw, 0);
        }
        while (result < 0 && LastError == Errno.EINTR);

        status = raw;
        return result < 0 ? LastError : 0;
    }

    private static Errno Wait(int wanted, bool block, out int tid, out int status)
    {
        int raw = 0;
        int options = __WALL | __WNOTHREAD | (block ? 0 : WNOHANG);
        do
        {
            s_systemCalls++;
            tid = waitpid(wanted, &raw, options);
        }
        while (tid < 0 && LastError == Errno.EINTR);

        status = raw;
        return tid < 0 ? LastError : 0;
    }

    private static Errno Peek(int kind, int wanted, bool block, out int tid, out int status)
    {
        const int SYS_waitid = 247;
        int options = WEXITED | WUNTRACED | WNOWAIT | __WALL | __WNOTHREAD | (block ? 0 : WNOHANG);
        SigInfo info = default;
        nint result;
        do
        {
            // The system call itself: libc's function refuses the options that only Linux has.
            s_systemCalls++;
            result = waitid(SYS_waitid, kind, wanted, &info, options, 0);
        }
        while (result < 0 && LastError == Errno.EINTR);

        tid = info.si_pid;
        status = info.si_code switch
        {
            CLD_EXITED => (info.si_status & 0xff) << 8,
            CLD_KILLED => info.si_status,
            CLD_DUMPED => info.si_status | CoreFlag,
            _ => (info.si_status << 8) | StoppedFlag,
        };
        return result < 0 ? LastError : 0;
    }

    // Blocks, as waitpid does.
    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint waitid(nint number, nint kind, nint id, SigInfo* info, nint options, nint usage);

    // Blocks: the runtime must be able to suspend managed threads meanwhile, so never SuppressGCTransition.
    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    private static partial int waitpid(int pid, int* status, int options);
}
