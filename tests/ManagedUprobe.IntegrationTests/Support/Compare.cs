using Xunit;

namespace ManagedUprobe.IntegrationTests.Support;

/// <summary>What every test of a traced program asks for.</summary>
internal static class Compare
{
    /// <summary>The target left what an untraced run leaves: streams byte for byte, and the status.</summary>
    public static void SameResult(CommandResult untraced, CommandResult traced)
    {
        Assert.Equal(untraced.Errors, traced.Errors);
        Assert.Equal(untraced.OutputBytes, traced.OutputBytes);
        Assert.Equal(untraced.ExitStatus, traced.ExitStatus);
    }
}
