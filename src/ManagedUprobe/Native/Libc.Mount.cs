using Mono.Unix.Native;

namespace ManagedUprobe.Native;

internal static unsafe partial class Libc
{
    private const int SYS_personality = 135;
    private const int SYS_fsopen = 430;
    private const int SYS_fsconfig = 431;
    private const int SYS_fsmount = 432;
    private const int FSOPEN_CLOEXEC = 1;
    private const int FSCONFIG_CMD_CREATE = 6;
    private const int FSMOUNT_CLOEXEC = 1;
    private const int ADDR_NO_RANDOMIZE = 0x40000;
    private const int QueryPersonality = -1;

    /// <summary>Mounts a file system nowhere: it is reached through the descriptor alone (/proc/self/fd), and gone when that is closed.</summary>
    public static Errno MountDetached(string type, out int fd)
    {
        fd = -1;
        nint context = fsopen(SYS_fsopen, type, FSOPEN_CLOEXEC);
        if (context < 0)
        {
            return LastError;
        }

        Errno errno = syscall5(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, 0, 0, 0) < 0 ? LastError : 0;
        if (errno == 0)
        {
            fd = (int)syscall3(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);
            errno = fd < 0 ? LastError : 0;
        }

        Close((int)context);
        return errno;
    }

    /// <summary>Programs that this thread, and threads that it creates, start from now on get addresses that are not randomised.</summary>
    public static Errno DisableRandomization()
    {
        nint now = syscall3(SYS_personality, QueryPersonality, 0, 0);
        return now < 0 || syscall3(SYS_personality, now | ADDR_NO_RANDOMIZE, 0, 0) < 0 ? LastError : 0;
    }

    [System.Runtime.InteropServices.LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = System.Runtime.InteropServices.StringMarshalling.Utf8)]
    private static partial nint fsopen(nint number, string type, nint flags);
}
