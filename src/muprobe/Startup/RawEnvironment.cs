using System.IO;

namespace ManagedUprobe.Command.Startup;

/// <summary>The environment as the bytes that execve was given, in its order, with entries that have no '='.</summary>
internal static class RawEnvironment
{
    /// <summary>NAME=VALUE entries, to be passed on unchanged.</summary>
    public static byte[][] Read() => NulTerminated.Split(File.ReadAllBytes("/proc/self/environ"));
}
