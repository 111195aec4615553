using System;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Tracing.Histograms;

/// <summary>Makes the errors of one hist command, and logs those that the kernel logs.</summary>
/// <param name="log">Where to.</param>
/// <param name="location">Whose they are: <c>hist:GROUP:EVENT</c>.</param>
/// <param name="command">The command as it is logged: <c>hist:</c> and what follows.</param>
internal sealed class HistErrors(ErrorLog log, string location, string command)
{
    /// <summary>An error that is about a text: the caret stands where the command has that text first, at its start if it has not.</summary>
    public UprobeException At(string message, string text, Errno errno = Errno.EINVAL)
    {
        int position = Math.Max(0, command.IndexOf(text, StringComparison.Ordinal));
        log.Add(location, message, command, position);
        return new UprobeException(errno, message, command, position);
    }

    /// <summary>An error that the kernel does not log.</summary>
    public static UprobeException Silent(Errno errno, string message) => new(errno, message);
}
