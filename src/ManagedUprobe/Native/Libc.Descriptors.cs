using System.Runtime.InteropServices;
using Mono.Unix.Native;

namespace ManagedUprobe.Native;

internal static partial class Libc
{
    private const int F_DUPFD_CLOEXEC = 1030;

    /// <summary>Another descriptor of the same open file, close-on-exec; the caller's to close.</summary>
    public static Errno Duplicate(int fd, out int copy)
    {
        copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        return copy < 0 ? LastError : 0;
    }

    /// <summary>Makes <paramref name="fd"/> the same open file as <paramref name="from"/>, inherited by programs.</summary>
    public static Errno Replace(int fd, int from) => dup2(from, fd) < 0 ? LastError : 0;

    /// <summary>Whether a descriptor is a terminal.</summary>
    public static bool IsTerminal(int fd) => isatty(fd) == 1;

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int fcntl(int fd, int command, int argument);

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    private static partial int dup2(int from, int to);

    [LibraryImport("libc", EntryPoint = "isatty", SetLastError = true)]
    private static partial int isatty(int fd);
}
