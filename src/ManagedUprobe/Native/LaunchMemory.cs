using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Mono.Unix.Native;

namespace ManagedUprobe.Native;

/// <summary>The unmanaged memory of one launch: block, stack and strings, which the child reads while it shares our address space.</summary>
internal sealed unsafe class LaunchMemory : IDisposable
{
    private const ulong CLONE_VM = 0x100;
    private const ulong SIGCHLD = 17;
    private const int StackSize = 16 * 1024;

    private readonly List<nint> _allocations = [];
    private readonly LaunchBlock* _block;

    /// <summary>Lays out a request.</summary>
    public LaunchMemory(LaunchRequest request, int gateRead, int gateWrite)
    {
        _block = (LaunchBlock*)Allocate(sizeof(LaunchBlock));
        _block->CloneFlags = CLONE_VM | SIGCHLD;
        _block->StackTop = (byte*)Allocate(StackSize) + StackSize;
        _block->GateRead = gateRead;
        _block->GateWrite = gateWrite;
        _block->IgnoredSignals = request.IgnoredSignals;
        _block->BlockedSignals = request.BlockedSignals;
        _block->InheritedDescriptors = request.InheritedDescriptors;
        _block->Path = Text(request.Path);
        _block->Arguments = Vector(request.Arguments);
        _block->Environment = Vector(request.Environment);
        if (request.WorkingDirectory is { } directory)
        {
            _block->WorkingDirectory = Text(directory);
        }

        if (request.FileLimit is { } limit)
        {
            (_block->FileLimitSoft, _block->FileLimitHard, _block->SetFileLimit) = (limit.Soft, limit.Hard, 1);
        }
    }

    /// <summary>Calls the launch stub: the child's pid or a negative errno. The child begins with all signals blocked: our handlers are still its own.</summary>
    public nint Start(ExecutableMemory stub)
    {
        ulong mask = Libc.SetSigMask(~0UL);
        nint result = stub.Call(_block);
        _ = Libc.SetSigMask(mask);
        return result;
    }

    /// <summary>What the child wrote before it ended: the step that failed and why.</summary>
    public (LaunchStep Step, Errno Errno) Outcome() => ((LaunchStep)_block->FailedStep, (Errno)_block->Error);

    /// <summary>Frees everything; the child has executed its program, or ended.</summary>
    public void Dispose()
    {
        foreach (nint allocation in _allocations)
        {
            NativeMemory.AlignedFree((void*)allocation);
        }

        _allocations.Clear();
    }

    private byte** Vector(IReadOnlyList<byte[]> texts)
    {
        byte** vector = (byte**)Allocate((texts.Count + 1) * sizeof(byte*));
        for (int i = 0; i < texts.Count; i++)
        {
            vector[i] = Text(texts[i]);
        }

        return vector;
    }

    private byte* Text(byte[] text)
    {
        byte* copy = (byte*)Allocate(text.Length + 1);
        text.CopyTo(new Span<byte>(copy, text.Length));
        return copy;
    }

    private nint Allocate(int size)
    {
        void* memory = NativeMemory.AlignedAlloc((nuint)size, 16);
        NativeMemory.Clear(memory, (nuint)size);
        _allocations.Add((nint)memory);
        return (nint)memory;
    }
}
