using System;
using System.IO;
using ManagedUprobe.Events;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Tracing;

/// <summary>A virtual file: what its text is, what a write() to it does. Nodes are made for each look-up and hold no state of their own.</summary>
/// <param name="name">Name in its folder.</param>
/// <param name="mode">Permission bits, as the kernel's file has them.</param>
internal abstract class TraceFile(string name, int mode) : TraceNode(name, mode)
{
    /// <summary>Mode of a file that is read and written.</summary>
    public const int ReadWrite = 0x1a0; // 0640

    /// <summary>Mode of a file that is only read.</summary>
    public const int ReadOnly = 0x120; // 0440

    /// <summary>The whole text, one byte a character.</summary>
    /// <exception cref="UprobeException">EINVAL: it cannot be read.</exception>
    public virtual string Read() => throw new UprobeException(Errno.EINVAL, $"{Name} cannot be read");

    /// <summary>The text as a stream. That of a file whose reading consumes waits for more.</summary>
    /// <exception cref="UprobeException">What the open fails with.</exception>
    public virtual Stream OpenRead() => new MemoryStream(KernelText.ToBytes(Read()), writable: false);

    /// <summary>One write().</summary>
    /// <returns>Bytes that were consumed; the caller writes the rest again.</returns>
    /// <exception cref="UprobeException">What the write fails with. EINVAL: it cannot be written.</exception>
    public virtual int Write(ReadOnlySpan<byte> data) => throw new UprobeException(Errno.EINVAL, $"{Name} cannot be written");

    /// <summary>What opening it for writing with O_TRUNC does; most files do not care.</summary>
    /// <exception cref="UprobeException">What the open fails with.</exception>
    public virtual void Truncate()
    {
    }
}
