using System.Linq;
using Mono.Unix.Native;
using Xunit;

namespace ManagedUprobe.Tests.Tracing;

/// <summary>What is written to trigger files, what they show, and what that does to the events. Recorded on the live kernel.</summary>
public sealed class TriggerFileTests
{
    private const string Trigger = "events/g/a/trigger";

    private readonly TestTree _tree = new();

    public TriggerFileTests() => _tree.Write("uprobe_events", "p:g/a /x:1 u8=%di:u8\np:g/b /x:2\nr:g/br /x:3\n");

    [Theory]
    [InlineData("traceon", "traceon:unlimited")]
    [InlineData("traceoff:3", "traceoff:count=3")]
    [InlineData("traceoff: 3", "traceoff:count=3")]
    [InlineData("traceoff:3:x", "traceoff:count=3")]
    [InlineData("traceoff:", "traceoff:unlimited")]
    [InlineData("traceoff 3", "traceoff:count=3")]
    [InlineData("traceoff:0x10", "traceoff:count=16")]
    [InlineData("traceoff:05", "traceoff:count=5")]
    [InlineData("traceon:0", "traceon:count=0")]
    [InlineData("traceoff:18446744073709551615", "traceoff:unlimited")]
    [InlineData("traceoff:9223372036854775808", "traceoff:count=-9223372036854775808")]
    [InlineData("traceoff if u8 == 1", "traceoff:unlimited if u8 == 1")]
    [InlineData("traceoff: if u8 == 1", "traceoff:unlimited if u8 == 1")]
    [InlineData("traceoff\tif u8 == 1", "traceoff:unlimited if u8 == 1")]
    [InlineData("traceoff if\tu8 == 1", "traceoff:unlimited if u8 == 1")]
    [InlineData("traceoff:5\tif u8 == 1", "traceoff:count=5 if u8 == 1")]
    [InlineData("traceoff:1  if   u8 == 1 ", "traceoff:count=1 if   u8 == 1")]
    [InlineData("  traceoff  \n", "traceoff:unlimited")]
    [InlineData("stacktrace:2 if u8 == 1", "stacktrace:count=2 if u8 == 1")]
    [InlineData("snapshot", "snapshot:unlimited")]
    [InlineData("enable_event:g:b", "enable_event:g:b:unlimited")]
    [InlineData("enable_event g:b", "enable_event:g:b:unlimited")]
    [InlineData("enable_event:g:b:3", "enable_event:g:b:count=3")]
    [InlineData("enable_event:g:b:2:7", "enable_event:g:b:count=2")]
    [InlineData("enable_event:g:b if u8 == 1", "enable_event:g:b:unlimited if u8 == 1")]
    [InlineData("enable_event:g:b:2 if u8 == 1", "enable_event:g:b:count=2 if u8 == 1")]
    [InlineData("disable_event:g:b", "disable_event:g:b:unlimited")]
    [InlineData("enable_event:g:a", "enable_event:g:a:unlimited")]
    public void ATriggerIsShownAsItWasUnderstood(string command, string line)
    {
        _tree.Write(Trigger, command);
        Assert.Equal((line + "\n", "0*\n"), (_tree.Read(Trigger), _tree.Read("events/g/a/enable")));
        Assert.Equal(Errno.EBUSY, _tree.TryWrite("uprobe_events", "-:g/a", append: true));
    }

    [Theory]
    [InlineData("traceoff:x", Errno.EINVAL)]
    [InlineData("traceoff:-1", Errno.EINVAL)]
    [InlineData("traceoff:+5", Errno.EINVAL)]
    [InlineData("traceoff:09", Errno.EINVAL)]
    [InlineData("traceoff :3", Errno.EINVAL)]
    [InlineData("traceoff::", Errno.EINVAL)]
    [InlineData("traceoff:18446744073709551616", Errno.ERANGE)]
    [InlineData("traceoff:2if u8 == 1", Errno.EINVAL)]
    [InlineData("traceoff if", Errno.EINVAL)]
    [InlineData("traceoff if ", Errno.EINVAL)]
    [InlineData("traceoff iff u8 == 1", Errno.EINVAL)]
    [InlineData("traceoff u8 == 1", Errno.EINVAL)]
    [InlineData("traceoff:2 u8 == 1", Errno.EINVAL)]
    [InlineData("traceoff:1:if u8 == 1", Errno.EINVAL)]
    [InlineData("traceoff if zz == 1", Errno.EINVAL)]
    [InlineData("traceoff if u8 == 1)", Errno.EPERM)]
    [InlineData("traceoff if (u8 == 1", Errno.ENOENT)]
    [InlineData("traceoff if u8 == \"", Errno.ESRCH)]
    [InlineData("traceoff if 0", Errno.EINVAL)]
    [InlineData("traceoff # x", Errno.EINVAL)]
    [InlineData("traceoffx", Errno.EINVAL)]
    [InlineData("stacktrace:x", Errno.EINVAL)]
    [InlineData("snapshot u8 == 1", Errno.EINVAL)]
    [InlineData("foo", Errno.EINVAL)]
    [InlineData("\n", Errno.EINVAL)]
    [InlineData("!", Errno.EINVAL)]
    [InlineData("!foo", Errno.EINVAL)]
    [InlineData("enable_event", Errno.EINVAL)]
    [InlineData("enable_event:", Errno.EINVAL)]
    [InlineData("enable_event:g", Errno.EINVAL)]
    [InlineData("enable_event:g:", Errno.EINVAL)]
    [InlineData("enable_event::b", Errno.EINVAL)]
    [InlineData("enable_event:g:zz", Errno.EINVAL)]
    [InlineData("enable_event:g:b:", Errno.EINVAL)]
    [InlineData("enable_event:g:b:x", Errno.EINVAL)]
    [InlineData("enable_event:g:b: 3", Errno.EINVAL)]
    [InlineData("enable_event:g:b:2 u8 == 1", Errno.EINVAL)]
    [InlineData("!enable_event", Errno.EINVAL)]
    [InlineData("!enable_event:g:zz", Errno.EINVAL)]
    public void AWrongTriggerIsRefusedAndNothingHasChanged(string command, Errno errno)
    {
        Assert.Equal(errno, _tree.TryWrite(Trigger, command));
        Assert.StartsWith("# Available triggers:\n# traceon traceoff snapshot stacktrace enable_event ", _tree.Read(Trigger));
        Assert.Equal("0\n", _tree.Read("events/g/a/enable"));
        Assert.Empty(_tree.Placed);
        Assert.Equal((Errno)0, _tree.TryWrite("uprobe_events", "-:g/b", append: true));
    }

    [Fact]
    public void AWrongFilterIsLoggedAlone()
    {
        _ = _tree.TryWrite(Trigger, "traceoff:2 if zz == 1");
        Assert.EndsWith("] event filter parse error: error: Field not found\n  Command: zz == 1\n              ^\n", _tree.Read("error_log"));
    }

    [Fact]
    public void AnEventHasOneTriggerOfAKind()
    {
        _tree.Write(Trigger, "traceon");
        Assert.Equal(Errno.EEXIST, _tree.TryWrite(Trigger, "traceoff:3"));
        _tree.Write(Trigger, "enable_event:g:b");
        Assert.Equal(Errno.EEXIST, _tree.TryWrite(Trigger, "disable_event:g:b"));
        _tree.Write(Trigger, "disable_event:g:br:3");
        Assert.Equal("disable_event:g:br:count=3\nenable_event:g:b:unlimited\ntraceon:unlimited\n", _tree.Read(Trigger));
        _tree.Write(Trigger, "snapshot");
        _tree.Write(Trigger, "stacktrace");
        Assert.Equal((Errno.EEXIST, Errno.EEXIST), (_tree.TryWrite(Trigger, "snapshot:1"), _tree.TryWrite(Trigger, "stacktrace if u8 == 1")));
        _tree.Write(Trigger, "!stacktrace");
        Assert.StartsWith("snapshot:unlimited\ndisable_event:", _tree.Read(Trigger));
    }

    [Fact]
    public void AnyTriggerOfTheKindIsRemoved()
    {
        _tree.Write(Trigger, "traceon:3 if u8 == 1");
        _tree.Write(Trigger, "enable_event:g:b");
        _tree.Write(Trigger, "!enable_event:g:br");
        _tree.Write(Trigger, "!disable_event:g:b:9 if nonsense");
        Assert.Equal("traceon:count=3 if u8 == 1\n", _tree.Read(Trigger));
        _tree.Write(Trigger, "!traceoff");
        Assert.StartsWith("# Available", _tree.Read(Trigger));
        Assert.Equal("0\n", _tree.Read("events/g/a/enable"));
    }

    [Fact]
    public void TheEventAndItsTargetAreInPlaceAsLongAsTheTriggerIsThere()
    {
        _tree.Write(Trigger, "enable_event:g:b");
        Assert.Equal(["g/a@1", "g/b@2"], _tree.Placed.Order());
        Assert.Equal(("0*\n", "0*\n"), (_tree.Read("events/g/a/enable"), _tree.Read("events/g/b/enable")));
        Assert.Equal(Errno.EBUSY, _tree.TryWrite("uprobe_events", "-:g/b", append: true));
        _tree.Write("events/g/b/enable", "1");
        Assert.Equal("1*\n", _tree.Read("events/g/b/enable"));
        _tree.Write("events/g/b/enable", "0");
        Assert.Equal("0*\n", _tree.Read("events/g/b/enable"));
        _tree.Write(Trigger, "!enable_event:g:b");
        Assert.Empty(_tree.Placed);
    }

    [Fact]
    public void AnEventThatCannotBePlacedGetsNoTrigger()
    {
        _tree.Refused = 2;
        Assert.NotEqual((Errno)0, _tree.TryWrite(Trigger, "enable_event:g:b"));
        _tree.Refused = 1;
        Assert.NotEqual((Errno)0, _tree.TryWrite(Trigger, "enable_event:g:b"));
        Assert.Empty(_tree.Placed);
        Assert.Equal(("0\n", "0\n"), (_tree.Read("events/g/a/enable"), _tree.Read("events/g/b/enable")));
        Assert.StartsWith("# Available", _tree.Read(Trigger));
    }
}
