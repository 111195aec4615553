using System;
using System.Linq;
using ManagedUprobe.Primitives;
using ManagedUprobe.Tracing;
using Mono.Unix.Native;
using Xunit;

namespace ManagedUprobe.Tests.Tracing;

/// <summary>Definitions and the files of an event.</summary>
public sealed class EventFilesTests
{
    private readonly TestTree _tree = new();

    [Fact]
    public void DefinitionsMakeFolders()
    {
        _tree.Write("uprobe_events", "p:g/a /x:1\nr:g/b /x:2\np:h/a /x:3\n");
        Assert.Equal(["g", "h"], _tree.Files.List("events").Where(name => name.Length == 1));
        Assert.Equal(["a", "b"], _tree.Files.List("events/g").Where(name => name.Length == 1));
        Assert.True(_tree.Files.Exists("events/g/a/enable"));
        _tree.Append("uprobe_events", "-:g/a");
        Assert.False(_tree.Files.Exists("events/g/a"));
        Assert.Equal("r:g/b /x:0x0000000000000002\np:h/a /x:0x0000000000000003\n", _tree.Read("dynamic_events"));
    }

    [Fact]
    public void TruncatingDeletesAllAndAppendingDoesNot()
    {
        _tree.Write("uprobe_events", "p:g/a /x:1");
        _tree.Append("uprobe_events", "p:g/b /x:1");
        _tree.Write("uprobe_events", "p:g/c /x:1");
        Assert.Equal("p:g/c /x:0x0000000000000001\n", _tree.Read("uprobe_events"));
        _tree.Write("events/g/c/enable", "1");
        Assert.Equal(Errno.EBUSY, _tree.TryWrite("uprobe_events", ""));
        Assert.Equal("p:g/c /x:0x0000000000000001\n", _tree.Read("uprobe_events"));
    }

    [Theory]
    [InlineData("nothing", Errno.ENOENT)]
    [InlineData("events/g/zz/enable", Errno.ENOENT)]
    [InlineData("uprobe_events/x", Errno.ENOTDIR)]
    [InlineData("events/g", Errno.EISDIR)]
    public void AMissingFileIsSaidSo(string path, Errno errno)
    {
        _tree.Write("uprobe_events", "p:g/a /x:1");
        Assert.Equal(errno, Assert.Throws<UprobeException>(() => _tree.Read(path)).Errno);
    }

    [Theory]
    [InlineData("1", (Errno)0)]
    [InlineData("1\n", (Errno)0)]
    [InlineData("+01", (Errno)0)]
    [InlineData("2", Errno.EINVAL)]
    [InlineData("x", Errno.EINVAL)]
    [InlineData("1x", Errno.EINVAL)]
    [InlineData(" 1", Errno.EINVAL)]
    [InlineData("0x1", Errno.EINVAL)]
    public void EnableTakesZeroAndOne(string text, Errno errno)
    {
        _tree.Write("uprobe_events", "p:g/a /x:1");
        Assert.Equal(errno, _tree.TryWrite("events/g/a/enable", text));
        Assert.Equal(errno == 0 ? "1\n" : "0\n", _tree.Read("events/g/a/enable"));
    }

    [Fact]
    public void EnablingPlacesAllSiblingsOrNone()
    {
        _tree.Write("uprobe_events", "p:g/a /x:1\np:g/a /x:2\np:g/a /x:3");
        _tree.Refused = 3;
        Assert.Equal(UprobeException.NotSupported, _tree.TryWrite("events/g/a/enable", "1"));
        Assert.Equal("0\n", _tree.Read("events/g/a/enable"));
        Assert.Empty(_tree.Placed);
        _tree.Refused = 0;
        _tree.Write("events/g/a/enable", "1");
        Assert.Equal(["g/a@1", "g/a@2", "g/a@3"], _tree.Placed);
        _tree.Write("events/g/a/enable", "0");
        Assert.Empty(_tree.Placed);
    }

    [Fact]
    public void ASiblingThatComesLateIsPlacedWhenTheEventIsEnabledAnew()
    {
        _tree.Write("uprobe_events", "p:g/a /x:1");
        _tree.Write("events/g/a/enable", "1");
        _tree.Append("uprobe_events", "p:g/a /x:2");
        _tree.Write("events/g/a/enable", "1");
        Assert.Equal(["g/a@1"], _tree.Placed);
        _tree.Append("uprobe_events", "-:g/a /x:0x0000000000000001");
        Assert.Empty(_tree.Placed);
        _tree.Write("events/g/a/enable", "0");
        _tree.Write("events/g/a/enable", "1");
        Assert.Equal(["g/a@2"], _tree.Placed);
    }

    [Fact]
    public void AnEventThatATriggerHoldsIsInPlaceAndRecordsNothing()
    {
        _tree.Write("uprobe_events", "p:g/a /x:1");
        TraceEventFile file = _tree.Array.Find("g", "a")!;
        file.EnableSoftly();
        Assert.Equal(("0*\n", false, true), (_tree.Read("events/g/a/enable"), file.IsRecording, file.IsInPlace));
        Assert.Equal(Errno.EBUSY, _tree.TryWrite("uprobe_events", "-:a", append: true));
        _tree.Write("events/g/a/enable", "1");
        Assert.Equal(("1*\n", true), (_tree.Read("events/g/a/enable"), file.IsRecording));
        _tree.Write("events/g/a/enable", "0");
        Assert.Equal("0*\n", _tree.Read("events/g/a/enable"));
        file.EnableSoftly();
        file.DisableSoftly();
        file.SetSoftDisabled(false);
        Assert.Equal("1*\n", _tree.Read("events/g/a/enable"));
        file.DisableSoftly();
        Assert.Equal(("1\n", "g/a@1"), (_tree.Read("events/g/a/enable"), Assert.Single(_tree.Placed)));
        file.Disable();
        file.EnableSoftly();
        file.DisableSoftly();
        Assert.Empty(_tree.Placed);
        Assert.Equal((Errno)0, _tree.TryWrite("uprobe_events", "-:a", append: true));
    }

    [Fact]
    public void NumbersOfEventsAreTheLowestFreeOnes()
    {
        _tree.Write("uprobe_events", "p:g/a /x:1\np:g/b /x:1\np:g/a /x:2\np:g/c /x:1");
        int first = Id("a");
        Assert.Equal([first + 1, first + 2], new[] { Id("b"), Id("c") });
        _tree.Append("uprobe_events", "-:b\np:g/d /x:9");
        Assert.Equal(first + 1, Id("d"));
        Assert.Contains($"\nID: {first + 1}\n", _tree.Read("events/g/d/format"), StringComparison.Ordinal);
    }

    [Fact]
    public void TheErrorLogKeepsTheLastEight()
    {
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal(Errno.EINVAL, _tree.TryWrite("uprobe_events", $"p:e{i} /x:1   %zz # comment\n", append: true));
        }

        Assert.Equal(Errno.ENOENT, _tree.TryWrite("uprobe_events", "-:nothing", append: true));
        string[] lines = _tree.Read("error_log").Split('\n');
        Assert.Equal(25, lines.Length);
        Assert.Matches(@"^\[ *\d+\.\d{6}\] trace_uprobe: error: Invalid register name$", lines[0]);
        Assert.Equal(["  Command: p:e2 /x:1 %zz", new string(' ', 11 + 10) + "^"], lines[1..3]);
        Assert.Equal("  Command: p:e9 /x:1 %zz", lines[22]);
        _tree.Write("error_log", "");
        Assert.Empty(_tree.Read("error_log"));
    }

    private int Id(string name) => int.Parse(_tree.Read($"events/g/{name}/id"), null);
}
