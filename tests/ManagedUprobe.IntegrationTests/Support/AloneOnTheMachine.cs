using Xunit;

namespace ManagedUprobe.IntegrationTests.Support;

/// <summary>Tests that judge times: no other test runs at the same time.</summary>
[CollectionDefinition(nameof(AloneOnTheMachine), DisableParallelization = true)]
public sealed class AloneOnTheMachine
{
}
