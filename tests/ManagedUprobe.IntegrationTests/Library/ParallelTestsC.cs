namespace ManagedUprobe.IntegrationTests.Library;

/// <inheritdoc/>
public sealed class ParallelTestsC : ParallelTests;
