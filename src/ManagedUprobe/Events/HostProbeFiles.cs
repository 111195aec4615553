using ManagedUprobe.Native;
using Mono.Unix.Native;

namespace ManagedUprobe.Events;

/// <summary>Files as this process sees them: its root, its working directory, its rights.</summary>
internal sealed class HostProbeFiles : IProbeFiles
{
    /// <inheritdoc/>
    public Errno Inspect(string path, out ProbeFile file)
    {
        Errno errno = Libc.Stat(KernelText.ToBytes(path), out FileStat stat);
        file = errno == 0 ? new ProbeFile(stat.Identity, stat.IsRegular, stat.Size) : default;
        return errno;
    }
}
