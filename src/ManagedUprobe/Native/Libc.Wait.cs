using System.Runtime.InteropServices;
using Mono.Unix.Native;

namespace ManagedUprobe.Native;

internal static unsafe partial class Libc
{
    private const int WNOHANG = 1;
    private const int __WNOTHREAD = 0x20000000;
    private const int __WALL = 0x40000000;

    /// <summary>
    /// Waits for a stop or an end of any tracee of this OS thread. __WNOTHREAD: children of the host's other threads are
    /// neither taken nor lost.
    /// </summary>
    /// <param name="block">Whether to sleep until there is one.</param>
    /// <param name="status">The raw wait status.</param>
    /// <param name="tid">The thread that it is about; 0 when none is waiting and <paramref name="block"/> is false.</param>
    /// <returns>0, or ECHILD when there is nobody left to wait for.</returns>
    public static Errno WaitAny(bool block, out int tid, out int status) => Wait(-1, block, out tid, out status);

    /// <summary>As <see cref="WaitAny"/>, for one thread.</summary>
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
            tid = waitpid(wanted, &raw, options);
        }
        while (tid < 0 && LastError == Errno.EINTR);

        status = raw;
        return tid < 0 ? LastError : 0;
    }

    // Blocks: the runtime must be able to suspend managed threads meanwhile, so never SuppressGCTransition.
    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    private static partial int waitpid(int pid, int* status, int options);
}
