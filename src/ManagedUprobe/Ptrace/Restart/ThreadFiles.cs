using System;
using System.Buffers.Text;
using System.Globalization;
using ManagedUprobe.Native;
using ManagedUprobe.ProcFs;
using Mono.Unix.Native;

namespace ManagedUprobe.Ptrace.Restart;

/// <summary>What /proc tells about one thread's waiting. Reading allocates nothing; a thread that is gone reads as empty.</summary>
/// <remarks>Owned by one user at a time; disposing closes the descriptors that are kept for the files that are read most.</remarks>
internal sealed class ThreadFiles : IDisposable
{
    private const int BufferLength = 4096;

    [ThreadStatic]
    private static byte[]? s_buffer;

    private readonly string _syscall;
    private readonly string _status;
    private readonly string _sched;
    private readonly string _stat;
    private readonly string _schedstat;
    private readonly int _pid;
    private int _schedstatFd;
    private int _syscallFd = -1;

    /// <summary>Opens the files of a thread.</summary>
    public ThreadFiles(int pid, int tid)
    {
        string folder = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/task/{tid}/");
        _pid = pid;
        _syscall = folder + "syscall";
        _status = folder + "status";
        _sched = folder + "sched";
        _stat = folder + "stat";
        _schedstat = folder + "schedstat";
        _ = Libc.Open(_schedstat, write: false, out _schedstatFd);
    }

    /// <summary>Closes the descriptors.</summary>
    public void Dispose()
    {
        Close(ref _schedstatFd);
        Close(ref _syscallFd);
    }

    /// <summary>How often the thread has been put on a CPU.</summary>
    public bool TryGetTimeslices(out long timeslices)
    {
        byte[] buffer = Buffer;
        int length = _schedstatFd >= 0 ? (int)Libc.Pread(_schedstatFd, buffer, 0) : ReadFile(_schedstat, buffer);
        return ThreadText.TryParseTimeslices(buffer.AsSpan(0, Math.Max(length, 0)), out timeslices);
    }

    /// <summary>The call that the thread is blocked in; <paramref name="running"/> when there is none because it runs.</summary>
    public bool TryGetBlockedCall(out BlockedCall call, out bool running)
    {
        if (_syscallFd < 0)
        {
            _ = Libc.Open(_syscall, write: false, out _syscallFd);
        }

        byte[] buffer = Buffer;
        int length = _syscallFd >= 0 ? (int)Libc.Pread(_syscallFd, buffer, 0) : 0;
        ReadOnlySpan<byte> text = buffer.AsSpan(0, Math.Max(length, 0));
        running = BlockedCall.IsRunning(text);
        return BlockedCall.TryParse(text, out call);
    }

    /// <summary>How often the thread has gone to sleep of itself; a ptrace stop counts.</summary>
    public bool TryGetVoluntarySwitches(out long switches) =>
        ThreadText.TryParseNumber(Read(_status), "voluntary_ctxt_switches"u8, out switches);

    /// <summary>Ignored and caught signals, and the voluntary switches, in one look.</summary>
    public bool TryGetSignals(out ulong ignored, out ulong caught, out long switches)
    {
        ReadOnlySpan<byte> text = Read(_status);
        caught = 0;
        switches = 0;
        return ThreadText.TryParseSignals(text, "SigIgn"u8, out ignored)
            && ThreadText.TryParseSignals(text, "SigCgt"u8, out caught)
            && ThreadText.TryParseNumber(text, "voluntary_ctxt_switches"u8, out switches);
    }

    /// <summary>When the thread last ran, in the clock of that CPU's run queue.</summary>
    /// <param name="clockNs">That time.</param>
    /// <param name="cpu">The CPU.</param>
    /// <param name="isAsleep">Whether it has not been woken since: then the kernel may have moved it to another CPU, and forgotten the time.</param>
    public bool TryGetExecStart(out long clockNs, out int cpu, out bool isAsleep)
    {
        clockNs = 0;
        isAsleep = false;
        // The CPU before the state: a thread that is woken between the two is given another CPU first, while its time stays that of the old one.
        if (!ThreadText.TryParseCpu(Read(_stat), out cpu) || !ThreadText.TryParseExecStart(Read(_sched), out clockNs) || clockNs == 0)
        {
            return false;
        }

        ReadOnlySpan<byte> stat = Read(_stat);
        isAsleep = ThreadText.IsAsleep(stat) && ThreadText.TryParseCpu(stat, out int after) && after == cpu;
        return true;
    }

    /// <summary>Whether a descriptor of the thread's process is a socket.</summary>
    public bool IsSocket(ulong fd)
    {
        Span<byte> path = stackalloc byte[64];
        path.Clear();
        "/proc/"u8.CopyTo(path);
        int at = 6;
        bool written = Utf8Formatter.TryFormat(_pid, path[at..], out int length);
        at += length;
        "/fd/"u8.CopyTo(path[at..]);
        at += 4;
        return written && Utf8Formatter.TryFormat(unchecked((uint)fd), path[at..], out _) && Libc.IsSocketLink(path);
    }

    private static byte[] Buffer => s_buffer ??= new byte[BufferLength];

    private static ReadOnlySpan<byte> Read(string path)
    {
        byte[] buffer = Buffer;
        return buffer.AsSpan(0, ReadFile(path, buffer));
    }

    private static void Close(ref int fd)
    {
        if (fd >= 0)
        {
            Libc.Close(fd);
            fd = -1;
        }
    }

    private static int ReadFile(string path, byte[] buffer)
    {
        Errno errno = Libc.Open(path, write: false, out int fd);
        if (errno != 0)
        {
            return 0;
        }

        nint length = Libc.Pread(fd, buffer, 0);
        Libc.Close(fd);
        return (int)Math.Max(length, 0);
    }
}
