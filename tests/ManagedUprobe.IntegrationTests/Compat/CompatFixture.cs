using ManagedUprobe.IntegrationTests.Support;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Compat;

/// <summary>The fixtures that are built as 32-bit programs, where the compiler can do that.</summary>
internal static class CompatFixture
{
    /// <summary>The path of a fixture; without it the test is skipped.</summary>
    public static string Path(string name)
    {
        string fixture = "m32/" + name;
        Assert.SkipUnless(Fixture.Has(fixture), "There is no compiler for 32-bit programs (g++-multilib).");
        return Fixture.Path(fixture);
    }
}
