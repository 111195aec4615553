using System;
using System.Globalization;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Ptrace;

/// <summary>One address space through /proc/PID/mem, held open for its life.</summary>
/// <remarks>
/// The descriptor stays good when the target turns non-dumpable (opening again would not), and belongs to one address space: after exec a new one
/// is needed. It can be used by any thread, with the tracee running. Writes go through read-only protection; process_vm_writev would not.
/// </remarks>
internal sealed class TraceeMemory : ITraceeMemory, IDisposable
{
    private int _fd;

    private TraceeMemory(int fd) => _fd = fd;

    /// <summary>The descriptor; this object's to close.</summary>
    public int Descriptor => _fd;

    /// <summary>Opens the address space that task <paramref name="tid"/> has now.</summary>
    /// <exception cref="UprobeException">The task is gone, or its memory may not be opened.</exception>
    public static TraceeMemory Open(int tid)
    {
        Errno errno = Libc.Open(string.Create(CultureInfo.InvariantCulture, $"/proc/{tid}/mem"), write: true, out int fd);
        return errno == 0
            ? new TraceeMemory(fd)
            : throw new UprobeException(errno, $"cannot open the memory of process {tid}: {errno}");
    }

    /// <inheritdoc/>
    public bool TryRead(ulong vaddr, Span<byte> buffer) => ReadUpTo(vaddr, buffer) == buffer.Length;

    /// <inheritdoc/>
    public int ReadUpTo(ulong vaddr, Span<byte> buffer) => (int)Math.Max(0, Libc.Pread(_fd, buffer, vaddr));

    /// <inheritdoc/>
    public bool TryWrite(ulong vaddr, ReadOnlySpan<byte> bytes) => Libc.Pwrite(_fd, bytes, vaddr) == bytes.Length;

    /// <summary>Closes the descriptor.</summary>
    public void Dispose()
    {
        if (_fd >= 0)
        {
            Libc.Close(_fd);
            _fd = -1;
        }
    }
}
