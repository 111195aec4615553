using System.Collections.Generic;
using System.Linq;
using System.Text;
using ManagedUprobe.Events;
using ManagedUprobe.Primitives;
using ManagedUprobe.Tests.Support;
using Mono.Unix.Native;
using Xunit;

namespace ManagedUprobe.Tests.Events;

/// <summary>Writes, deletes and siblings beyond the vectors.</summary>
public sealed class EventTableTests
{
    private readonly EventTable _table = new(new FakeFiles());

    [Theory]
    [InlineData(4095, true)]
    [InlineData(4096, false)]
    public void ALineHoldsAtMost4095BytesWithItsNewline(int length, bool accepted)
    {
        string line = "p:g/e /x:1 #".PadRight(length - 1, 'x') + "\n";
        Assert.Equal(accepted, Write(line) == 0);
        Assert.Equal(accepted ? 1 : 0, _table.Probes.Count);
    }

    [Fact]
    public void ANulByteEndsTheWrite()
    {
        Assert.Equal(Errno.EINVAL, Write("p:g/e /x:1\np:g/f /x:2 # \0\np:g/h /x:3\n"));
        Assert.Equal(["e"], _table.Probes.Select(probe => probe.Event));
    }

    [Fact]
    public void ManyLinesOfOneWriteAreManyCommands()
    {
        string text = string.Concat(Enumerable.Range(0, 1000).Select(i => $"p:g/e{i} /x:{i}\r\n"));
        Assert.Equal((Errno)0, Write(text));
        Assert.Equal(1000, _table.Probes.Count);
    }

    [Fact]
    public void ABusyEventLosesSiblingsButNotItsLastProbe()
    {
        _ = Write("p:g/e /x:1\np:g/e /x:2\np:g/f /x:3\n");
        _table.SetBusy("g", "e", busy: true);
        Assert.Equal(Errno.EBUSY, Write("-:g/"));
        Assert.Equal(["p:g/e /x:0x0000000000000002", "p:g/f /x:0x0000000000000003"], _table.Probes.Select(probe => probe.ListingLine));
        Assert.Equal(Errno.EBUSY, Assert.Throws<UprobeException>(_table.Truncate).Errno);
        _table.SetBusy("g", "e", busy: false);
        _table.Truncate();
        Assert.Empty(_table.Probes);
    }

    [Fact]
    public void RemovedProbesCanStillBeFoundByTheirRecords()
    {
        _ = Write("p:g/e /x:1\n");
        TraceUprobe probe = _table.Probes[0];
        _ = Write("-:e\np:g/f /x:2\n");
        Assert.Same(probe, _table.ByIndex(probe.Index));
        Assert.Equal("f", _table.ByIndex(_table.Probes[0].Index).Event);
    }

    [Fact]
    public void TellsWhatIsAddedAndRemoved()
    {
        var changes = new List<string>();
        _table.Added = probe => changes.Add("+" + probe.Event);
        _table.Removed = probe => changes.Add("-" + probe.Event);
        _ = Write("p:g/a /x:1\np:g/b /x:1\n-:a\np:g/c /x:1 %zz\n");
        Assert.Equal(["+a", "+b", "-a"], changes);
    }

    [Theory]
    [InlineData("p:g/a /x:1 \u00a0%di", "p:g/a /x:0x0000000000000001 arg1=%di")]
    [InlineData("p:\u00e9t\u00e9 /x:1", "p:uprobes/\u00e9t\u00e9 /x:0x0000000000000001")]
    [InlineData("p /x/libc.so.6:0x10", "p:uprobes/p_libc_0x10 /x/libc.so.6:0x0000000000000010")]
    [InlineData("p /x/.hidden:0x10", "p:uprobes/p__0x10 /x/.hidden:0x0000000000000010")]
    [InlineData("p /x/a:12:0x10", "p:uprobes/p_a:12_0x10 /x/a:12:0x0000000000000010")]
    [InlineData("p /x/a+b:0X1F", "p:uprobes/p_a+b_0x1f /x/a+b:0x000000000000001f")]
    [InlineData("pr:x /x/a-b:010(+16)", "p:uprobes/p_a_0x8 /x/a-b:0x0000000000000008(0x10)")]
    public void ListsWhatWasUnderstood(string command, string listing)
    {
        _table.WriteLine(command);
        Assert.Equal(listing, _table.Probes[0].ListingLine);
    }

    [Theory]
    [InlineData("p:g/e \u00d7 /x:1", Errno.EINVAL, -1)]
    [InlineData("p:g/\u00d7 /x:1", Errno.EINVAL, 4)]
    [InlineData("p:g/a.b /x:1", Errno.EINVAL, 4)]
    [InlineData("p:.e /x:1", Errno.EINVAL, 2)]
    [InlineData("p /x:1 (%di)", Errno.EOPNOTSUPP, 7)]
    [InlineData("p /x:1 +u8(%zz)", Errno.EINVAL, 10)]
    [InlineData("p /x:1 +-8(%zz)", Errno.EINVAL, 10)]
    [InlineData("p /x:1 ++8(%zz)", Errno.EINVAL, 11)]
    [InlineData("p /x:1 +0(+0(%zz))", Errno.EINVAL, 13)]
    [InlineData("p /x:1 %orig_ax:string", Errno.EINVAL, 16)]
    [InlineData("p /x:1 $stack18446744073709551616", Errno.EINVAL, 7)]
    [InlineData("p /x:1 %di:u8[4294967296]", Errno.EINVAL, 14)]
    [InlineData("p /x:1 +0(%di):b1@0/8[2", Errno.EINVAL, 23)]
    [InlineData("p /x:1 +0(+0(%di)):b9@0/8", Errno.EINVAL, 22)]
    public void PointsToWhatIsWrong(string command, Errno errno, int position)
    {
        UprobeException error = Assert.Throws<UprobeException>(() => _table.WriteLine(command));
        Assert.Equal((errno, position), (error.Errno, error.Position));
    }

    private Errno Write(string text)
    {
        try
        {
            _table.Write(Encoding.Latin1.GetBytes(text));
            return 0;
        }
        catch (UprobeException error)
        {
            return error.Errno;
        }
    }
}
