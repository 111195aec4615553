using System;
using System.Collections.Generic;
using System.Globalization;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Ptrace;

/// <summary>One address space through /proc/PID/mem, held open for its life; word by word where that is refused.</summary>
/// <remarks>
/// The descriptor stays good when the target turns non-dumpable (opening again would not), and belongs to one address space: after exec a new one
/// is needed. It can be used by any thread, with the tracee running. Writes go through read-only protection; process_vm_writev would not.
/// </remarks>
internal sealed class TraceeMemory : ITraceeMemory, IDisposable
{
    private readonly WordMemory? _words;
    private int _fd;
    private bool _writesWords;

    private TraceeMemory(int fd, WordMemory? words)
    {
        _fd = fd;
        _words = words;
        _writesWords = fd < 0;
    }

    /// <summary>The descriptor; this object's to close. -1 where /proc/PID/mem cannot be opened.</summary>
    public int Descriptor => _fd;

    /// <summary>Whether a thread has to stand in a stop for what is done here: <c>/proc/PID/mem</c> is refused, or what is written through it.</summary>
    public bool NeedsStop => _writesWords;

    /// <summary>Ids of the threads that use the memory.</summary>
    public IEnumerable<int> Threads
    {
        set
        {
            if (_words != null)
            {
                _words.Threads = value;
            }
        }
    }

    /// <summary>Opens the address space that task <paramref name="tid"/> has now.</summary>
    /// <exception cref="UprobeException">The task is gone, or its memory may not be opened.</exception>
    public static TraceeMemory Open(int tid)
    {
        Errno errno = Libc.Open(PathOf(tid), write: true, out int fd);
        return errno == 0 ? new TraceeMemory(fd, null) : throw Refused(tid, errno);
    }

    /// <summary>As <see cref="Open"/>, for a task that the calling thread traces: there is another way to its memory where /proc/PID/mem is read-only or refused.</summary>
    /// <exception cref="UprobeException">The task is gone.</exception>
    public static TraceeMemory OpenTraced(int tid)
    {
        Errno errno = Libc.Open(PathOf(tid), write: true, out int fd);
        return errno switch
        {
            0 => new TraceeMemory(fd, new WordMemory(tid)),
            Errno.ENOENT or Errno.ESRCH => throw Refused(tid, errno),
            _ => new TraceeMemory(-1, new WordMemory(tid)),
        };
    }

    /// <inheritdoc/>
    public bool TryRead(ulong vaddr, Span<byte> buffer) => ReadUpTo(vaddr, buffer) == buffer.Length;

    /// <inheritdoc/>
    public int ReadUpTo(ulong vaddr, Span<byte> buffer) =>
        _fd < 0 && _words != null ? _words.ReadUpTo(vaddr, buffer) : (int)Math.Max(0, Libc.Pread(_fd, buffer, vaddr));

    /// <inheritdoc/>
    public bool TryWrite(ulong vaddr, ReadOnlySpan<byte> bytes)
    {
        if (!_writesWords && Libc.Pwrite(_fd, bytes, vaddr) == bytes.Length)
        {
            return true;
        }

        // Nothing is mapped there, or kernels with proc_mem.force_override=never do not write text through the file. The first write of all is made in a stopped thread.
        bool isWritten = _words?.TryWrite(vaddr, bytes) == true;
        _writesWords |= isWritten;
        return isWritten;
    }

    /// <summary>Closes the descriptor.</summary>
    public void Dispose()
    {
        if (_fd >= 0)
        {
            Libc.Close(_fd);
            _fd = -1;
        }
    }

    private static string PathOf(int tid) => string.Create(CultureInfo.InvariantCulture, $"/proc/{tid}/mem");

    private static UprobeException Refused(int tid, Errno errno) => new(errno, $"cannot open the memory of process {tid}: {errno}");
}
