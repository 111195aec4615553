using System.Collections.Generic;

namespace ManagedUprobe.Session.Comparing;

/// <summary>What one run of the program left.</summary>
/// <param name="Events">The events recorded.</param>
/// <param name="Status">Exit status as a shell shows it.</param>
/// <param name="Output">What it wrote to standard output.</param>
/// <param name="Errors">What it wrote to standard error.</param>
internal sealed record BackendRun(IReadOnlyList<RecordedEvent> Events, int Status, byte[] Output, byte[] Errors);
