using System;
using Mono.Unix.Native;

namespace ManagedUprobe.Primitives;

/// <summary>What a user asked for cannot be done: a definition is wrong, a probe is refused, a target cannot be traced.</summary>
public sealed class UprobeException : Exception
{
    /// <summary>Creates the exception without details.</summary>
    public UprobeException()
    {
    }

    /// <summary>Creates the exception with a message alone (errno EINVAL).</summary>
    public UprobeException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a message and its cause (errno EINVAL).</summary>
    public UprobeException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception with the kernel's errno for it.</summary>
    public UprobeException(Errno errno, string message)
        : base(message) => Errno = errno;

    /// <summary>Creates the exception for an error in a definition.</summary>
    /// <param name="errno">The kernel's errno.</param>
    /// <param name="message">The kernel's message (or ours, in the same form).</param>
    /// <param name="command">The definition as the kernel logs it: its tokens joined by single blanks.</param>
    /// <param name="position">Column of the caret in <paramref name="command"/>, from 0; -1 when none is logged.</param>
    public UprobeException(Errno errno, string message, string command, int position)
        : base(message)
    {
        Errno = errno;
        Command = command;
        Position = position;
    }

    /// <summary>ENOTSUPP (524): the kernel's answer when an instruction cannot be probed; user space has no name for it.</summary>
    public const Errno NotSupported = (Errno)524;

    /// <summary>The errno that the kernel gives for this.</summary>
    public Errno Errno { get; } = Errno.EINVAL;

    /// <summary>The definition that is wrong, tokens joined by single blanks; null when it is not about a definition.</summary>
    public string? Command { get; }

    /// <summary>Column of the caret in <see cref="Command"/>, from 0; -1 when there is none.</summary>
    public int Position { get; } = -1;
}
