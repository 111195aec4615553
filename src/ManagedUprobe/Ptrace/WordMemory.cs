using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Threading;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Ptrace;

/// <summary>Memory word by word, by PTRACE_PEEKDATA and PTRACE_POKEDATA: where /proc/PID/mem is refused, and with a thread that stands in a stop. Tracer thread.</summary>
/// <remarks>
/// What the thread itself may read and write is done by process_vm_readv and process_vm_writev, exactly and with all threads running; text needs the words. A poke is eight bytes: what is
/// shorter is read, changed and written back. In text that is harmless, as nobody changes the neighbours and each of their bytes is written with what it holds: a thread that executes them
/// meets the old first byte or the new one, as with a write of one byte. Words are aligned, so that none touches two pages.
/// </remarks>
internal sealed class WordMemory : ITraceeMemory
{
    private const int Size = sizeof(ulong);

    // A forked child is about to stop.
    private const long PatienceNs = 500_000_000;

    private int _tid;
    private bool _isAwaited = true;
    private bool _readIsRefused;
    private bool _writeIsRefused;

    public WordMemory(int tid) => _tid = tid;

    /// <summary>Ids of the threads that use the memory. Until it has been given one that is about to stop is waited for.</summary>
    public IEnumerable<int> Threads { get; set; } = [];

    /// <inheritdoc/>
    public bool TryRead(ulong vaddr, Span<byte> buffer) => ReadUpTo(vaddr, buffer) == buffer.Length;

    /// <inheritdoc/>
    public int ReadUpTo(ulong vaddr, Span<byte> buffer)
    {
        int done = 0;
        Span<byte> bytes = stackalloc byte[Size];
        if (!_readIsRefused)
        {
            Errno errno = Libc.ReadProcess(_tid, buffer, vaddr, out done);
            _readIsRefused = errno is not (0 or Errno.EFAULT or Errno.ESRCH);
        }

        // The words see through protection, too.
        while (done < buffer.Length && TryPeek(unchecked(vaddr + (ulong)done), out ulong word, out int skipped))
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, word);
            int length = Math.Min(Size - skipped, buffer.Length - done);
            bytes.Slice(skipped, length).CopyTo(buffer[done..]);
            done += length;
        }

        return done;
    }

    /// <inheritdoc/>
    public bool TryWrite(ulong vaddr, ReadOnlySpan<byte> bytes)
    {
        int done = 0;
        if (!_writeIsRefused)
        {
            Errno errno = Libc.WriteProcess(_tid, bytes, vaddr, out done);
            _writeIsRefused = errno is not (0 or Errno.EFAULT or Errno.ESRCH);
        }

        Span<byte> word = stackalloc byte[Size];
        while (done < bytes.Length)
        {
            ulong at = unchecked(vaddr + (ulong)done);
            int skipped = (int)(at % Size);
            int length = Math.Min(Size - skipped, bytes.Length - done);
            ulong old = 0;
            if (length < Size && !TryPeek(at, out old, out _))
            {
                return false;
            }

            BinaryPrimitives.WriteUInt64LittleEndian(word, old);
            bytes.Slice(done, length).CopyTo(word[skipped..]);
            if (Request(at - (ulong)skipped, BinaryPrimitives.ReadUInt64LittleEndian(word), write: true, out _) != 0)
            {
                return false;
            }

            done += length;
        }

        return true;
    }

    private bool TryPeek(ulong vaddr, out ulong word, out int skipped)
    {
        skipped = (int)(vaddr % Size);
        return Request(vaddr - (ulong)skipped, 0, write: false, out word) == 0;
    }

    // By the thread that served last, else by any that stands.
    private Errno Request(ulong vaddr, ulong value, bool write, out ulong word)
    {
        Errno errno = Request(_tid, vaddr, value, write, out word);
        if (errno != Errno.ESRCH)
        {
            return errno;
        }

        bool hasThreads = false;
        foreach (int tid in Threads)
        {
            hasThreads = true;
            errno = Request(tid, vaddr, value, write, out word);
            if (errno != Errno.ESRCH)
            {
                _tid = tid;
                return errno;
            }
        }

        return hasThreads || !_isAwaited ? errno : Await(vaddr, value, write, out word);
    }

    private Errno Await(ulong vaddr, ulong value, bool write, out ulong word)
    {
        long end = MonotonicClock.Now + PatienceNs;
        Errno errno;
        do
        {
            _ = Thread.Yield();
            errno = Request(_tid, vaddr, value, write, out word);
        }
        while (errno == Errno.ESRCH && MonotonicClock.Now < end);

        _isAwaited = errno != Errno.ESRCH;
        return errno;
    }

    private static Errno Request(int tid, ulong vaddr, ulong value, bool write, out ulong word)
    {
        word = value;
        return write ? Libc.PtracePoke(tid, vaddr, value) : Libc.PtracePeek(tid, vaddr, out word);
    }
}
