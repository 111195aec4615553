using System;
using System.Runtime.InteropServices;
using Mono.Unix.Native;

namespace ManagedUprobe.Native;

internal static unsafe partial class Libc
{
    private const int O_WRONLY = 1;
    private const int O_CREAT = 0x40;
    private const int O_TRUNC = 0x200;
    private const int DefaultMode = 0x1b6;
    private const short POLLOUT = 4;

    /// <summary>Creates or empties a file for writing; the descriptor is close-on-exec and the caller's to close.</summary>
    public static Errno Create(string path, out int fd)
    {
        fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, DefaultMode);
        return fd < 0 ? LastError : 0;
    }

    /// <summary>Writes all bytes where the descriptor stands, whatever kind of file it is; waits where it does not block.</summary>
    public static Errno WriteAll(int fd, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* data = bytes)
        {
            for (int done = 0; done < bytes.Length;)
            {
                nint written = write(fd, data + done, (nuint)(bytes.Length - done));
                if (written >= 0)
                {
                    done += (int)written;
                    continue;
                }

                Errno errno = LastError;
                if (errno == Errno.EAGAIN)
                {
                    WaitUntilWritable(fd);
                }
                else if (errno != Errno.EINTR)
                {
                    return errno;
                }
            }
        }

        return 0;
    }

    private static void WaitUntilWritable(int fd)
    {
        PollFd wanted = new() { fd = fd, events = POLLOUT };
        _ = poll(&wanted, 1, -1);
    }

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int poll(PollFd* descriptors, nuint count, int milliseconds);

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct PollFd
    {
        public int fd;
        public short events;
        public short revents;
    }
}
