using System;

namespace ManagedUprobe.Primitives;

/// <summary>An invariant of the tracer does not hold: a bug in this library, never an error of the caller.</summary>
public sealed class TracerBugException : Exception
{
    /// <summary>Creates the exception without a message.</summary>
    public TracerBugException()
    {
    }

    /// <summary>Creates the exception; <paramref name="message"/> names the place and what did not hold.</summary>
    public TracerBugException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with the exception that led to it.</summary>
    public TracerBugException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
