using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using Xunit;

namespace ManagedUprobe.Tests.Architecture;

/// <summary>The table of scenarios says of each row what becomes of it, and each row that is settled has tests with its number.</summary>
public sealed partial class ScenarioTableTests
{
    private const int Count = 83;

    [Fact]
    public void EveryScenarioHasOneRow() =>
        Assert.Equal(Enumerable.Range(1, Count), Rows().Select(row => row.Number));

    [Fact]
    public void ARowHoldsOrIsRefusedOrOpen() =>
        Assert.Empty(Rows().Where(row => !State().IsMatch(row.State)).Select(row => $"{row.Number}: {row.State}"));

    [Fact]
    public void WhatIsSettledHasTests()
    {
        HashSet<int> tested = [.. Numbers()];
        Assert.Empty(Rows().Where(row => row.State != "open" && !tested.Contains(row.Number)).Select(row => row.Number));
    }

    [Fact]
    public void TestsNameNoOtherNumbers() => Assert.Empty(Numbers().Where(number => number is < 1 or > Count));

    private static IEnumerable<(int Number, string State)> Rows() =>
        from Match match in Row().Matches(Repository.Read("src/SCENARIOS.md"))
        select (Number(match.Groups["number"].Value), match.Groups["state"].Value);

    private static IEnumerable<int> Numbers() =>
        from path in Repository.Files("tests")
        where path.EndsWith("Tests.cs", System.StringComparison.Ordinal)
        from Match match in Attribute().Matches(Repository.Read(path))
        from number in match.Groups["numbers"].Value.Split(',')
        select Number(number);

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^\| *(?<number>\d+) *\|[^|]*\| *(?<state>[^|]*?) *\|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("^(holds|refused: .+|open)$", RegexOptions.ExplicitCapture)]
    private static partial Regex State();

    [GeneratedRegex(@"\[Scenario\((?<numbers>[\d, ]+)\)")]
    private static partial Regex Attribute();
}
