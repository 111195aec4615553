using Mono.Unix.Native;

namespace ManagedUprobe.Events;

/// <summary>Looks at the file of a definition.</summary>
internal interface IProbeFiles
{
    /// <summary>Finds what <paramref name="path"/> (one byte a character) names, following symbolic links.</summary>
    /// <returns>0, or the errno of the lookup.</returns>
    Errno Inspect(string path, out ProbeFile file);
}
