using Xunit;

namespace ManagedUprobe.IntegrationTests.Conformance;

/// <summary>Tests that write what the kernel refuses: its error_log keeps eight entries, so that one would push out what the other looks for.</summary>
[CollectionDefinition(nameof(KernelErrorLog))]
public sealed class KernelErrorLog;
