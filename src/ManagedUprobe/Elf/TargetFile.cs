namespace ManagedUprobe.Elf;

/// <summary>A file of a target that may have another root than we.</summary>
/// <param name="Path">Its path as the target sees it.</param>
/// <param name="HostPath">The path by which we open it.</param>
internal sealed record TargetFile(string Path, string HostPath);
