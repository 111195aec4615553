namespace ManagedUprobe.IntegrationTests.Library;

/// <inheritdoc/>
public sealed class ParallelTestsB : ParallelTests;
