using System;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Ptrace;

/// <summary>Memory as a thread itself can read it: what its page protection hides cannot be read, as the kernel's own reads for it cannot.</summary>
/// <remarks>/proc/PID/mem reads through protection. Where process_vm_readv is refused (the target has become non-dumpable, a filter), it has to do.</remarks>
internal sealed class ThreadMemory(Tracee tracee, Func<TraceeMemory> whole) : ITraceeMemory
{
    private bool _isRefused;

    /// <inheritdoc/>
    public bool TryRead(ulong vaddr, Span<byte> buffer) => ReadUpTo(vaddr, buffer) == buffer.Length;

    /// <inheritdoc/>
    public int ReadUpTo(ulong vaddr, Span<byte> buffer)
    {
        if (!_isRefused)
        {
            Errno errno = Libc.ReadProcess(tracee.Tid, buffer, vaddr, out int length);
            if (errno is 0 or Errno.EFAULT)
            {
                return length;
            }

            _isRefused = true;
        }

        return whole().ReadUpTo(vaddr, buffer);
    }

    /// <summary>Writes where the thread itself could: what a system call of its own would store there.</summary>
    /// <returns>False when the range cannot be written; what came before it may have been.</returns>
    public bool TryStore(ulong vaddr, ReadOnlySpan<byte> bytes)
    {
        if (!_isRefused)
        {
            Errno errno = Libc.WriteProcess(tracee.Tid, bytes, vaddr, out int length);
            if (errno is 0 or Errno.EFAULT)
            {
                return length == bytes.Length;
            }
        }

        return TryWrite(vaddr, bytes);
    }

    /// <inheritdoc/>
    public int ReadBlocks(ReadOnlySpan<ulong> starts, Span<byte> blocks)
    {
        int size = blocks.Length / starts.Length;
        if (!_isRefused && Libc.ReadProcess(tracee.Tid, blocks, starts, out int length) is 0 or Errno.EFAULT)
        {
            return length / size;
        }

        return ((ITraceeMemory)whole()).ReadBlocks(starts, blocks);
    }

    /// <inheritdoc/>
    public bool TryWrite(ulong vaddr, ReadOnlySpan<byte> bytes) => whole().TryWrite(vaddr, bytes);
}
