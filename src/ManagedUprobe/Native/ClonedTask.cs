using System;
using System.Runtime.InteropServices;

namespace ManagedUprobe.Native;

/// <summary>A task of ours that machine code clones: it shares memory, descriptors and working directory, and has a small stack.</summary>
internal sealed unsafe class ClonedTask : IDisposable
{
    private const ulong CLONE_VM = 0x100;
    private const ulong CLONE_FS = 0x200;
    private const ulong CLONE_FILES = 0x400;
    private const int StackSize = 4096;

    private readonly ExecutableMemory _code;
    private readonly byte* _stack;

    /// <summary>Clones; <paramref name="code"/> is called with {flags, stack top} and answers as clone(2) does.</summary>
    /// <param name="code">Machine code of the stub.</param>
    /// <param name="blockedSignals">Signals that the task has blocked from its first instruction on.</param>
    public ClonedTask(ReadOnlySpan<byte> code, ulong blockedSignals)
    {
        _code = new ExecutableMemory(code);
        _stack = (byte*)NativeMemory.AlignedAlloc(StackSize, 16);
        ulong* arguments = stackalloc ulong[2] { CLONE_VM | CLONE_FS | CLONE_FILES, (ulong)(_stack + StackSize) };
        ulong mask = Libc.SetSigMask(blockedSignals);
        Result = _code.Call(arguments);
        _ = Libc.SetSigMask(mask);
    }

    /// <summary>The task's id, or a negative errno.</summary>
    public nint Result { get; }

    /// <summary>Frees stack and code; the task has ended.</summary>
    public void Dispose()
    {
        NativeMemory.AlignedFree(_stack);
        _code.Dispose();
    }
}
