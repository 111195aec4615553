using System;
using System.Runtime.InteropServices;
using Mono.Unix.Native;

namespace ManagedUprobe.Native;

internal static unsafe partial class Libc
{
    private const int IN_CLOEXEC = 0x80000;
    private const uint IN_OPEN = 0x20;

    /// <summary>An inotify descriptor, the caller's to close.</summary>
    public static Errno InotifyInit(out int fd)
    {
        fd = inotify_init1(IN_CLOEXEC);
        return fd < 0 ? LastError : 0;
    }

    /// <summary>Asks to be told whenever a file is opened; executing and mapping it begin with that.</summary>
    public static Errno InotifyWatchOpens(int fd, string path) => inotify_add_watch(fd, path, IN_OPEN) < 0 ? LastError : 0;

    /// <summary>Blocks until a watched file was opened, at most so long. False when the time is over, or the descriptor was closed.</summary>
    public static bool InotifyWait(int fd, int milliseconds)
    {
        const short POLLIN = 1;
        PollFd wanted = new() { fd = fd, events = POLLIN };
        if (poll(&wanted, 1, milliseconds) <= 0 || (wanted.revents & POLLIN) == 0)
        {
            return false;
        }

        Span<byte> events = stackalloc byte[4096];
        fixed (byte* bytes = events)
        {
            return read(fd, bytes, (nuint)events.Length) > 0;
        }
    }

    [LibraryImport("libc", EntryPoint = "inotify_init1", SetLastError = true)]
    private static partial int inotify_init1(int flags);

    [LibraryImport("libc", EntryPoint = "inotify_add_watch", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int inotify_add_watch(int fd, string path, uint mask);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint read(int fd, byte* buffer, nuint count);
}
