using ManagedUprobe.Events;
using ManagedUprobe.Native;
using Mono.Unix.Native;

namespace ManagedUprobe.Tracing;

/// <summary>Files of definitions as this process sees them: its root, its working directory, its rights.</summary>
internal sealed class HostProbeFiles : IProbeFiles
{
    /// <inheritdoc/>
    public Errno Inspect(string path, out ProbeFile file)
    {
        Errno errno = Libc.Stat(KernelText.ToBytes(path), out FileStat status);
        file = errno == 0 ? new ProbeFile(status.Identity, status.IsRegular, status.Size) : default;
        return errno;
    }
}
