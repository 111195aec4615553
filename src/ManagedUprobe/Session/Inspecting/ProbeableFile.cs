using System.Collections.Generic;

namespace ManagedUprobe.Session.Inspecting;

/// <summary>A file that a process maps executable, and what it offers.</summary>
/// <param name="Path">Its path as the process sees it.</param>
/// <param name="Places">By offset; empty when it has none or cannot be read.</param>
/// <param name="Problem">Why it cannot be read, or that it has no symbols; null when it is well.</param>
internal sealed record ProbeableFile(string Path, IReadOnlyList<Probeable> Places, string? Problem);
