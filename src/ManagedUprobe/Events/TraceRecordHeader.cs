using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ManagedUprobe.Events;

/// <summary>
/// What precedes each record of ours. Behind it comes the record as the kernel lays it out: 8 bytes common part, the
/// probe's address (or function and return address), the arguments, dynamic data; locators count from the common part.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TraceRecordHeader
{
    /// <summary>Bytes of this header.</summary>
    public const int Size = 48;

    /// <summary>Bytes of the kernel's record behind the header.</summary>
    public int BodyLength;

    /// <summary>Which definition hit: <see cref="TraceUprobe.Index"/>.</summary>
    public int EventIndex;

    /// <summary>Thread.</summary>
    public int ThreadId;

    /// <summary>Thread group.</summary>
    public int ProcessId;

    /// <summary>CPU of the hit.</summary>
    public int Cpu;

    /// <summary>The event's number, which its record shows as common_type.</summary>
    public int EventId;

    /// <summary>CLOCK_MONOTONIC in nanoseconds.</summary>
    public long Time;

    /// <summary>Comm of the thread, padded with NULs.</summary>
    public CommBuffer Comm;

    /// <summary>The comm without padding.</summary>
    [UnscopedRef]
    public readonly ReadOnlySpan<byte> CommBytes
    {
        get
        {
            ReadOnlySpan<byte> comm = Comm;
            int end = comm.IndexOf((byte)0);
            return end < 0 ? comm : comm[..end];
        }
    }

    /// <summary>Stores a comm, cut at 15 bytes.</summary>
    public void SetComm(ReadOnlySpan<byte> comm)
    {
        Comm = default;
        comm[..Math.Min(comm.Length, 15)].CopyTo(Comm);
    }

    /// <summary>16 bytes.</summary>
    [InlineArray(16)]
    public struct CommBuffer
    {
        private byte _first;
    }
}
