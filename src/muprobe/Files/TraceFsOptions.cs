using System.Collections.Generic;
using ManagedUprobe.Command.Tracing;

namespace ManagedUprobe.Command.Files;

/// <summary>What tracefs was asked for.</summary>
/// <param name="Writes">-w, in order.</param>
/// <param name="Reads">-r, in order.</param>
/// <param name="Target">The target and how it is traced.</param>
internal sealed record TraceFsOptions(IReadOnlyList<TraceFsWrite> Writes, IReadOnlyList<string> Reads, TraceOptions Target);
