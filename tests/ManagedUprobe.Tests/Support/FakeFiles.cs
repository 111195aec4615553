using ManagedUprobe.Events;
using ManagedUprobe.Primitives;
using Mono.Unix.Native;

namespace ManagedUprobe.Tests.Support;

/// <summary>Every path is a regular file, each another one; those under /missing do not exist.</summary>
internal sealed class FakeFiles : IProbeFiles
{
    public Errno Inspect(string path, out ProbeFile file)
    {
        bool missing = path.StartsWith("/missing", System.StringComparison.Ordinal);
        file = missing ? default : new ProbeFile(new FileIdentity(1, unchecked((uint)path.GetHashCode(System.StringComparison.Ordinal))), true, 1 << 20);
        return missing ? Errno.ENOENT : 0;
    }
}
