using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Threading;

namespace ManagedUprobe.Native;

/// <summary>The changed bytes of all targets, in memory that the watcher shares and that outlives the tracer's process as long as the watcher lives.</summary>
internal sealed unsafe class WatchMemory : IDisposable
{
    private const ulong CLONE_VM = 0x100;
    private const ulong CLONE_FS = 0x200;
    private const ulong CLONE_FILES = 0x400;
    private const int FirstCapacity = 256;

    private readonly WatchBlock* _block;
    private readonly List<nint> _allocations = [];
    private readonly Stack<int> _free = [];
    private int _capacity;
    private bool _disposed;

    /// <summary>Creates an empty list for the calling thread, the tracer.</summary>
    /// <param name="signal">The signal that tells the watcher of the tracer's death.</param>
    public WatchMemory(int signal)
    {
        _block = (WatchBlock*)Allocate(sizeof(WatchBlock));
        _block->CloneFlags = CLONE_VM | CLONE_FS | CLONE_FILES;
        _block->StackTop = (ulong)(Allocate(4096) + 4096);
        _block->TracerPid = (ulong)Libc.GetPid();
        _block->TracerTid = (ulong)Libc.GetTid();
        _block->Signals = 1UL << (signal - 1);
        Grow();
    }

    /// <summary>Calls the watcher's code: the task's id, or a negative errno.</summary>
    /// <param name="code">Machine code that clones.</param>
    public nint Start(ExecutableMemory code)
    {
        _block->Ready = 0;
        ulong mask = Libc.SetSigMask(~0UL);
        nint result = code.Call(_block);
        _ = Libc.SetSigMask(mask);
        return result;
    }

    /// <summary>Whether the watcher that was started last watches already.</summary>
    public bool IsReady => Volatile.Read(ref _block->Ready) != 0;

    /// <summary>The program that the watcher becomes in the end; null: none.</summary>
    public void SetProgram(WatchProgram? program)
    {
        if (!_disposed)
        {
            _block->ExecPath = program?.Path ?? 0;
            _block->ExecEnvironment = program?.Environment ?? 0;
            _block->ExecArguments = program?.Arguments ?? 0;
        }
    }

    /// <summary>Notes a byte that is about to be changed; the entry's number.</summary>
    public int Add(in WatchEntry entry)
    {
        if (!_free.TryPop(out int index))
        {
            if ((int)_block->Count == _capacity)
            {
                Grow();
            }

            index = (int)_block->Count;
        }

        _block->Entries[index] = entry;
        _block->Count = Math.Max(_block->Count, (ulong)index + 1);
        return index;
    }

    /// <summary>Forgets a byte that has been put back, or is gone.</summary>
    public void Remove(int index)
    {
        if (!_disposed)
        {
            _block->Entries[index].armed = 0;
            _free.Push(index);
        }
    }

    /// <summary>Frees the memory; no watcher uses it any more, and nothing is noted any more.</summary>
    public void Dispose()
    {
        _disposed = true;
        foreach (nint allocation in _allocations)
        {
            NativeMemory.Free((void*)allocation);
        }

        _allocations.Clear();
    }

    // The old entries stay where they are: a watcher may be about to read them.
    private void Grow()
    {
        int capacity = Math.Max(FirstCapacity, _capacity * 2);
        var entries = (WatchEntry*)Allocate(capacity * sizeof(WatchEntry));
        new ReadOnlySpan<WatchEntry>(_block->Entries, _capacity).CopyTo(new Span<WatchEntry>(entries, capacity));
        _block->Entries = entries;
        _capacity = capacity;
    }

    private byte* Allocate(int size)
    {
        void* memory = NativeMemory.AllocZeroed((nuint)size);
        _allocations.Add((nint)memory);
        return (byte*)memory;
    }
}
