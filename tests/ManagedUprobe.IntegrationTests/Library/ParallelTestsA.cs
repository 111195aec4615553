namespace ManagedUprobe.IntegrationTests.Library;

/// <inheritdoc/>
public sealed class ParallelTestsA : ParallelTests;
