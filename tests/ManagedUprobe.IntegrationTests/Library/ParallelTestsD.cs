namespace ManagedUprobe.IntegrationTests.Library;

/// <inheritdoc/>
public sealed class ParallelTestsD : ParallelTests;
