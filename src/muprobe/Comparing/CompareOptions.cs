using System.Collections.Generic;
using ManagedUprobe.Command.Tracing;

namespace ManagedUprobe.Command.Comparing;

/// <summary>What compare was asked for.</summary>
/// <param name="Definitions">-e, -f and --filter in the order given; at least one definition.</param>
/// <param name="Command">What follows <c>--</c>, the bytes of each argument.</param>
internal sealed record CompareOptions(IReadOnlyList<DefinitionSource> Definitions, IReadOnlyList<byte[]> Command);
