using ManagedUprobe.Native;

namespace ManagedUprobe.Ptrace.Restart;

/// <summary>
/// SO_RCVTIMEO or SO_SNDTIMEO of a tracee's socket, shortened for the instant in which a restarted call reads it. Other
/// threads that enter a call on the same socket in that instant (some ten microseconds) share it.
/// </summary>
internal struct SocketTimeout
{
    private const long NsPerMicrosecond = 1000;

    private int _fd;
    private int _option;
    private long _originalMicroseconds;

    /// <summary>Whether the socket has a timeout that is not its own.</summary>
    public bool IsShortened { get; private set; }

    /// <summary>The socket's timeout for a call of this kind.</summary>
    /// <returns>False when the descriptor is no socket, out of our reach, or waits without end.</returns>
    public static bool TryRead(int pid, ulong remoteFd, TimeoutKind kind, out long timeoutNs)
    {
        timeoutNs = 0;
        if (Libc.GetRemoteDescriptor(pid, unchecked((int)remoteFd), out int fd) != 0)
        {
            return false;
        }

        bool read = Libc.GetSocketTimeout(fd, OptionOf(kind), out long microseconds) == 0;
        Libc.Close(fd);
        timeoutNs = microseconds * NsPerMicrosecond;
        return read && microseconds > 0;
    }

    /// <summary>Sets what is left; <see cref="Restore"/> must follow as soon as the call sleeps, at the latest when it ends.</summary>
    public void Shorten(int pid, ulong remoteFd, TimeoutKind kind, long remainingNs)
    {
        Restore();
        if (Libc.GetRemoteDescriptor(pid, unchecked((int)remoteFd), out int fd) != 0)
        {
            return;
        }

        _fd = fd;
        _option = OptionOf(kind);
        // 0 would mean endless; less than a tick of the kernel is a tick.
        long microseconds = System.Math.Max(1, (remainingNs + NsPerMicrosecond - 1) / NsPerMicrosecond);
        IsShortened = Libc.GetSocketTimeout(fd, _option, out _originalMicroseconds) == 0
            && Libc.SetSocketTimeout(fd, _option, microseconds) == 0;
        if (!IsShortened)
        {
            Libc.Close(fd);
        }
    }

    /// <summary>Gives the socket its own timeout back.</summary>
    public void Restore()
    {
        if (IsShortened)
        {
            _ = Libc.SetSocketTimeout(_fd, _option, _originalMicroseconds);
            Libc.Close(_fd);
            IsShortened = false;
        }
    }

    private static int OptionOf(TimeoutKind kind) =>
        kind == TimeoutKind.SocketReceive ? Libc.SO_RCVTIMEO : Libc.SO_SNDTIMEO;
}
