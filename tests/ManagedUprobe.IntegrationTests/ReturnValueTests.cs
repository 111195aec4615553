using System.Linq;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Tests.Shared;
using Xunit;

namespace ManagedUprobe.IntegrationTests;

/// <summary>What functions return, and functions that do not.</summary>
public sealed class ReturnValueTests
{
    [Theory]
    [Scenario(38)]
    [InlineData("pair", "lo=$retval:u64 hi=%dx:u64", "lo=3 hi=18446744073709551613")]
    [InlineData("large", "a=+0($retval):s64 c=+16($retval):s64", "a=3 c=9")]
    [InlineData("narrow", "value=$retval:s8", "value=-3")]
    public void EveryRegisterAndWhatItPointsToCanBeAskedFor(string function, string arguments, string shown)
    {
        string program = Fixture.Path("returned");
        TraceRun ours = Muprobe.TraceDefinitions([$"r:g/{function} {program}:{function} {arguments}"], new Command(program));
        Assert.EndsWith($") {shown}", ours.Lines.Single().Text, System.StringComparison.Ordinal);
    }

    [Theory]
    [Scenario(37)]
    [InlineData("auto")]
    [InlineData("hijack")]
    public void AFunctionThatNeverReturnsHasEntriesAlone(string way)
    {
        string program = Fixture.Path("returned");
        Probe[] probes = [Probe.Entry(program, "last"), Probe.Return(program, "last"), Probe.Entry(program, "entered_by_jump"), Probe.Return(program, "entered_by_jump")];
        TraceRun ours = Muprobe.Trace(probes, new Command(program), "--return", way);
        Assert.Equal(7, ours.Result.ExitStatus);
        Assert.Equal((1, 0), (Count("last"), Count("last_return")));
        Assert.Equal((ours.Result.Number("jumps"), ours.Result.Number("jumps")), (Count("entered_by_jump"), Count("entered_by_jump_return")));

        int Count(string name) => ours.Lines.Count(line => line.Event == name);
    }
}
