using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Mono.Unix.Native;

namespace ManagedUprobe.Native;

internal static unsafe partial class Libc
{
    private const int SYS_process_vm_readv = 310;
    private const int SYS_statx = 332;

    // Above every value that kernel.pid_max can have, so that no thread ever has it.
    private const int ImpossibleTid = int.MaxValue;

    /// <summary>Asks ptrace for a thread that cannot exist: ESRCH when the call is allowed, else what the filter answers.</summary>
    public static Errno ProbePtrace() => PtraceSeize(ImpossibleTid, PtraceOptions.None);

    /// <summary>Reads a word of our own memory through process_vm_readv; 0 when the call is allowed.</summary>
    public static Errno ProbeProcessVmRead()
    {
        ulong from = 1;
        ulong to = 0;
        nint* remote = stackalloc nint[2] { (nint)(&from), sizeof(ulong) };
        nint* local = stackalloc nint[2] { (nint)(&to), sizeof(ulong) };
        return syscall6(SYS_process_vm_readv, GetPid(), (nint)local, 1, (nint)remote, 1, 0) < 0 ? LastError : 0;
    }

    /// <summary>Sends signal 0: ESRCH when there is no such process, EPERM when there is one of somebody else.</summary>
    public static Errno ProbeProcess(int pid) => Kill(pid, 0);

    /// <summary>User id that owns a file.</summary>
    public static Errno FileOwner(string path, out uint uid)
    {
        const int STATX_UID = 8;
        const int UidOffset = 20;
        Span<byte> answer = stackalloc byte[256];
        fixed (byte* text = NulTerminated(System.Text.Encoding.UTF8.GetBytes(path)), data = answer)
        {
            nint result = syscall6(SYS_statx, AT_FDCWD, (nint)text, 0, STATX_UID, (nint)data, 0);
            uid = BinaryPrimitives.ReadUInt32LittleEndian(answer[UidOffset..]);
            return result < 0 ? LastError : 0;
        }
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint syscall6(nint number, nint a, nint b, nint c, nint d, nint e, nint f);
}
