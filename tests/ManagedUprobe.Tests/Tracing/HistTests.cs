using System;
using System.Globalization;
using System.Linq;
using ManagedUprobe.Tracing.Histograms;
using ManagedUprobe.Tracing.Triggers;
using Mono.Unix.Native;
using Xunit;

namespace ManagedUprobe.Tests.Tracing;

/// <summary>Histograms that are paused, emptied, shared, switched by another event, and full. As recorded on a kernel that has them.</summary>
public sealed class HistTests
{
    private readonly TestTree _tree = new();
    private readonly HistRecords _records = new();

    public HistTests() => _tree.Write("uprobe_events", $"p:g/h /x:1 {HistRecords.Arguments}\np:g/e /x:2 x=%di\nr:g/rh /x:1\n");

    [Fact]
    public void AHistogramRestsGoesOnAndIsEmptied()
    {
        Command("hist:keys=lo");
        Run();
        Command("hist:keys=lo:pause");
        Run();
        Assert.Equal((24, true), (Hits, Line.EndsWith(" [paused]\n", StringComparison.Ordinal)));
        Command("hist:keys=lo:cont");
        Run();
        Assert.Equal((48, true), (Hits, Line.EndsWith(" [active]\n", StringComparison.Ordinal)));
        Command("hist:keys=lo:clear");
        Assert.Equal(
            "# event histogram\n#\n# trigger info: hist:keys=lo:vals=hitcount:sort=hitcount:size=2048 [active]\n#\n\n\n"
                + "Totals:\n    Hits: 0\n    Entries: 0\n    Dropped: 0\n",
            _tree.Read("events/g/h/hist"));
        Run();
        Assert.Equal(24, Hits);
    }

    [Fact]
    public void AHistogramCanStartAtRest()
    {
        Command("hist:keys=lo:pause");
        Run();
        Assert.Equal(0, Hits);
    }

    [Fact]
    public void HistogramsOfOneNameAreOne()
    {
        Command("hist:name=sh:keys=common_pid");
        Command("hist:name=sh:keys=common_pid", "rh");
        Run();
        Assert.Equal(_tree.Read("events/g/h/hist"), _tree.Read("events/g/rh/hist"));
        Assert.Contains("    Hits: 24\n", _tree.Read("events/g/rh/hist"));
        Command("!hist:name=sh:keys=common_pid");
        Assert.Equal(("", true), (_tree.Read("events/g/h/hist"), _tree.Read("events/g/rh/hist").Length > 0));
    }

    [Fact]
    public void KeysThatFindNoRoomAreDropped()
    {
        Command("hist:keys=i,u64:size=128");
        HistMap map = _tree.Array.Find("g", "h")!.Triggers.List.All.OfType<HistTrigger>().Single().Histogram.Map;
        for (int i = 0; i < 200; i++)
        {
            map.Add(new byte[16].Select((_, at) => at == 0 ? (byte)i : (byte)0).ToArray(), [1]);
        }

        Assert.EndsWith("\nTotals:\n    Hits: 128\n    Entries: 128\n    Dropped: 72\n", _tree.Read("events/g/h/hist"));
    }

    [Fact]
    public void AnotherEventSwitchesHistograms()
    {
        Command("hist:keys=lo:pause");
        Command("enable_hist:g:h:1", "e");
        Assert.Equal(Errno.EEXIST, _tree.TryWrite("events/g/e/trigger", "disable_hist:g:h", append: true));
        TriggerList list = _tree.Array.Find("g", "e")!.Triggers.List;
        list.FireAll();
        Assert.Equal(("enable_hist:g:h:count=0\n", true), (_tree.Read("events/g/e/trigger"), Line.EndsWith(" [active]\n", StringComparison.Ordinal)));
        Command("hist:keys=lo:pause");
        list.FireAll();
        Assert.EndsWith(" [paused]\n", Line);
    }

    [Fact]
    public void OpeningWithTruncationRemovesHistogramsAlone()
    {
        Command("traceoff:3");
        Command("hist:keys=lo");
        Command("hist:keys=u8");
        _tree.Write("events/g/h/trigger", "hist:keys=s8");
        Assert.Equal("traceoff:count=3\nhist:keys=s8:vals=hitcount:sort=hitcount:size=2048 [active]\n", Line);
    }

    [Fact]
    public void TheEventIsInPlaceAsLongAsAHistogramIsThere()
    {
        Command("hist:keys=lo");
        Assert.Equal(["g/h@1"], _tree.Placed);
        Command("!hist:keys=lo");
        Assert.Empty(_tree.Placed);
    }

    private string Line => _tree.Read("events/g/h/trigger");

    private int Hits => int.Parse(_tree.Read("events/g/h/hist").Split("Hits: ")[1].Split('\n')[0], CultureInfo.InvariantCulture);

    private void Command(string command, string name = "h") => _tree.Append($"events/g/{name}/trigger", command);

    private void Run() => _records.FireAll(_tree.Array.Find("g", "h")!);
}
