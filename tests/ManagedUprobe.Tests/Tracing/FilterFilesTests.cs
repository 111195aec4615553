using System.Linq;
using Mono.Unix.Native;
using Xunit;

namespace ManagedUprobe.Tests.Tracing;

/// <summary>The files events/GROUP/EVENT/filter and events/GROUP/filter.</summary>
public sealed class FilterFilesTests
{
    private const string One = "events/g/one/filter";
    private const string Two = "events/g/two/filter";

    private readonly TestTree _tree = new();

    public FilterFilesTests() => _tree.Write("uprobe_events", "p:g/one /x:1 a=%di\np:g/two /x:2 b=%si:s8\np:h/one /x:3 a=%di\n");

    [Fact]
    public void AFilterStaysUntilItIsCleared()
    {
        Assert.Equal("none\n", _tree.Read(One));
        _tree.Write(One, "  a == 5 \n");
        Assert.Equal(("  a == 5\n", "none\n"), (_tree.Read(One), _tree.Read("events/h/one/filter")));
        _tree.Write(One, " 0 \n");
        Assert.Equal("none\n", _tree.Read(One));
        Assert.Equal("", _tree.Read("error_log"));
    }

    [Fact]
    public void AWrongFilterRemovesTheOldOneAndIsLogged()
    {
        _tree.Write(One, "a == 5");
        Assert.Equal(Errno.EINVAL, _tree.TryWrite(One, "a == x"));
        Assert.Equal("a == x\n      ^\nparse_error: Invalid value (did you forget quotes)?\n\n", _tree.Read(One));
        Assert.Null(_tree.Array.Find("g", "one")!.Filter.Filter);
        Assert.Equal(Errno.EPERM, _tree.TryWrite(One, "&& a == 1"));
        Assert.Equal(
            [
                "event filter parse error: error: Invalid value (did you forget quotes)?", "  Command: a == x", "                 ^",
                "event filter parse error: error: Error", "  Command: && a == 1", "           ^",
            ],
            _tree.Read("error_log").Split('\n')[..^1].Select(line => line.StartsWith('[') ? line[(line.IndexOf(']') + 2)..] : line));
    }

    [Theory]
    [InlineData(4095, (Errno)0)]
    [InlineData(4096, Errno.EINVAL)]
    public void AFilterIsShorterThanAPage(int length, Errno errno) =>
        Assert.Equal(errno, _tree.TryWrite(One, "a == 5".PadRight(length)));

    [Fact]
    public void AGroupsFilterIsForAllItsEventsThatCanHaveIt()
    {
        _tree.Write(Two, "b == 1");
        _tree.Write("events/g/filter", "a == 1");
        Assert.Equal("a == 1\n", _tree.Read(One));
        Assert.Equal("a == 1\n^\nparse_error: Couldn't find or set field in one of a subsystem's events\n\n", _tree.Read(Two));
        Assert.Equal("none\n", _tree.Read("events/h/one/filter"));
        Assert.StartsWith("### global filter ###\n", _tree.Read("events/g/filter"));
        Assert.Contains("Couldn't find or set field in one of a subsystem's events\n  Command: a == 1\n           ^\n", _tree.Read("error_log"));
        _tree.Write("events/g/filter", "0");
        Assert.Equal(("none\n", "none\n"), (_tree.Read(One), _tree.Read(Two)));
    }
}
