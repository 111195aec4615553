using System;

namespace ManagedUprobe.Events;

/// <summary>What a hit tells besides registers and memory.</summary>
/// <param name="hitVaddr">Address of the breakpoint; for a return, of the function's entry.</param>
/// <param name="returnVaddr">For a return: the address returned to; 0 for an entry.</param>
/// <param name="comm">Name of the thread, at most 15 bytes, without NUL.</param>
internal readonly ref struct FetchContext(ulong hitVaddr, ulong returnVaddr, ReadOnlySpan<byte> comm)
{
    /// <summary>Address of the breakpoint; for a return, of the function's entry.</summary>
    public ulong HitVaddr { get; } = hitVaddr;

    /// <summary>For a return: the address returned to; 0 for an entry.</summary>
    public ulong ReturnVaddr { get; } = returnVaddr;

    /// <summary>Name of the thread, which $comm shows.</summary>
    public ReadOnlySpan<byte> Comm { get; } = comm;

    /// <summary>%ip as a uprobe handler sees it: the probed address, or the return address.</summary>
    public ulong Ip => ReturnVaddr != 0 ? ReturnVaddr : HitVaddr;
}
