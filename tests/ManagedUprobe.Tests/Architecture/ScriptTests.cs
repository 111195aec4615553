using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using Xunit;

namespace ManagedUprobe.Tests.Architecture;

public sealed partial class ScriptTests
{
    private static IEnumerable<string> Scripts =>
        Repository.Files("scripts").Concat(Repository.Files(".ci")).Concat(Repository.Files("fixtures"));

    [Fact]
    public void ScriptsNameNoFolderOfOneMachineAndNoHost() =>
        Assert.Empty(
            from path in Scripts
            from Match match in MachinePath().Matches(Repository.Read(path))
            select $"{path}: {match.Value}");

    [Fact]
    public void TheScriptsAreFound() => Assert.Contains("scripts/lib.sh", Scripts);

    [GeneratedRegex(@"(?<![\w$}.])/(home|root|Users|work|data|srv)/\S*|https?://\S+", RegexOptions.ExplicitCapture)]
    private static partial Regex MachinePath();
}
