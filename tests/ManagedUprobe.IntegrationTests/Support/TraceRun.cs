using System.Collections.Generic;

namespace ManagedUprobe.IntegrationTests.Support;

/// <summary>A program that ran under probes of either backend: what it left, the hits by event, the lines.</summary>
internal sealed record TraceRun(CommandResult Result, IReadOnlyDictionary<string, long> Hits, IReadOnlyList<TraceLine> Lines);
