using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Command;

/// <summary>Names of errnos.</summary>
internal static class ErrnoText
{
    /// <summary>The name, also of the one that user space has none for.</summary>
    public static string Name(Errno errno) => errno == UprobeException.NotSupported ? "ENOTSUPP" : errno.ToString();
}
