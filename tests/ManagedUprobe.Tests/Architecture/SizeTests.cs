using System.Collections.Generic;
using System.Linq;
using Xunit;

namespace ManagedUprobe.Tests.Architecture;

public sealed class SizeTests
{
    private const int FileLines = 400;
    private const int FunctionLines = 60;

    private static IEnumerable<string> Sources => Repository.Sources("src").Concat(Repository.Sources("tests"));

    [Fact]
    public void NoSourceFileIsLongerThan400Lines() =>
        Assert.Empty(Sources.Select(path => (path, lines: Repository.Read(path).Split('\n').Length - 1))
            .Where(file => file.lines > FileLines));

    [Fact]
    public void NoFunctionIsLongerThan60Lines() =>
        Assert.Empty(Sources.SelectMany(path => FunctionSizes.Of(Repository.Read(path)).Select(f => (path, f.Line, f.Name, f.Lines)))
            .Where(function => function.Lines > FunctionLines));

    [Fact]
    public void TheSourcesAreFound() => Assert.Contains("src/ManagedUprobe/Primitives/UprobeException.cs", Sources);
}
