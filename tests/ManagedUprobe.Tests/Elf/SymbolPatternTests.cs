using System.Text;
using ManagedUprobe.Elf;
using Xunit;

namespace ManagedUprobe.Tests.Elf;

public sealed class SymbolPatternTests
{
    [Theory]
    [InlineData("malloc", "malloc", true)]
    [InlineData("malloc", "mallocs", false)]
    [InlineData("malloc", "mallo", false)]
    [InlineData("*", "anything", true)]
    [InlineData("*", "", true)]
    [InlineData("?", "", false)]
    [InlineData("?", "a", true)]
    [InlineData("?", "ab", false)]
    [InlineData("m*", "malloc", true)]
    [InlineData("*loc", "malloc", true)]
    [InlineData("*loc", "mallocs", false)]
    [InlineData("*al*c", "malloc", true)]
    [InlineData("*ab", "aab", true)]
    [InlineData("*ab*ab", "abaab", true)]
    [InlineData("*ab*ab", "aab", false)]
    [InlineData("a**b", "ab", true)]
    [InlineData("m?ll?c", "malloc", true)]
    [InlineData("m?ll?c", "mallc", false)]
    [InlineData("[a]", "a", false)]
    [InlineData("*a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false)]
    public void MatchesStarsAndQuestionMarks(string pattern, string name, bool expected) =>
        Assert.Equal(expected, SymbolPattern.Parse(pattern).MatchesName(Encoding.UTF8.GetBytes(name), literal: false));

    [Theory]
    [InlineData("f", "V1", false, true)]
    [InlineData("f@V1", "V1", false, true)]
    [InlineData("f@V1", "V1", true, true)]
    [InlineData("f@@V1", "V1", false, false)]
    [InlineData("f@@V1", "V1", true, true)]
    [InlineData("f@V1", "V2", true, false)]
    [InlineData("f@V1", "", false, false)]
    [InlineData("f@V?", "V2", false, true)]
    public void MatchesVersions(string pattern, string version, bool isDefault, bool expected) =>
        Assert.Equal(expected, SymbolPattern.Parse(pattern).MatchesVersion(Encoding.UTF8.GetBytes(version), isDefault));
}
