using System.Collections.Generic;
using ManagedUprobe.Command.Tracing;

namespace ManagedUprobe.Command.Inspecting;

/// <summary>What explain was asked for.</summary>
/// <param name="Definitions">-e and -f in the order given.</param>
/// <param name="Pid">-p: paths and libraries are those of this process; null for ours.</param>
internal sealed record ExplainOptions(IReadOnlyList<DefinitionSource> Definitions, int? Pid);
