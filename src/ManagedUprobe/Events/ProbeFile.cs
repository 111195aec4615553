using ManagedUprobe.Primitives;

namespace ManagedUprobe.Events;

/// <summary>What a definition's path names at the time of the definition; a file renamed over it later is another one.</summary>
/// <param name="Identity">Device and inode.</param>
/// <param name="IsRegular">Whether it is a regular file.</param>
/// <param name="Size">Bytes.</param>
internal readonly record struct ProbeFile(FileIdentity Identity, bool IsRegular, long Size);
