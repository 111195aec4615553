using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Events;

/// <summary>Makes the errors of one command: the kernel's message and the place of its caret (trace_probe_log).</summary>
/// <param name="tokens">The command.</param>
internal sealed class TraceProbeLog(CommandTokens tokens)
{
    /// <summary>The command that is being parsed.</summary>
    public CommandTokens Tokens => tokens;

    /// <summary>An error that the kernel logs, at a place in a token.</summary>
    public UprobeException Error(Errno errno, string message, int token, int offset) =>
        new(errno, message, tokens.Joined, tokens.Column(token, offset));

    /// <summary>An EINVAL that the kernel logs.</summary>
    public UprobeException Invalid(string message, int token, int offset) => Error(Errno.EINVAL, message, token, offset);

    /// <summary>An error that the kernel does not log: the text is ours, there is no caret (position -1).</summary>
    public UprobeException Silent(Errno errno, string message) => new(errno, message, tokens.Joined, -1);
}
