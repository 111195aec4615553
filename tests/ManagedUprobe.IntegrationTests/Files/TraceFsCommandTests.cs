using System;
using System.Linq;
using ManagedUprobe.IntegrationTests.Support;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Files;

/// <summary>muprobe tracefs.</summary>
public sealed class TraceFsCommandTests
{
    private static readonly string s_calls = Fixture.Path("calls");

    private static string Definition => $"p:g/f1 {s_calls}:0x{ElfSymbols.OffsetOf(s_calls, "f1"):x} a=%di:s32";

    [Fact]
    public void WritesBeforeTheTargetStartsAndReadsAfterItHasEnded()
    {
        CommandResult result = Muprobe.Run(
            "tracefs", "-w", "uprobe_events=" + Definition, "-w", "events/g/f1/enable=1", "-r", "trace", "-r", "uprobe_profile", "--", s_calls, "2");
        Assert.Equal((0, ""), (result.ExitStatus, result.Errors));
        Assert.StartsWith("calls 2\nsum 5\n# tracer: nop\n", result.Output, StringComparison.Ordinal);
        Assert.Equal([" a=0", " a=1"], result.Output.Split('\n').Where(line => line.Contains("f1: ", StringComparison.Ordinal)).Select(line => line[^4..]));
        Assert.EndsWith($"  {s_calls} f1                                                         2\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void WithoutATargetItReadsAtOnce()
    {
        CommandResult result = Muprobe.Run(
            "tracefs", "-w", "uprobe_events=" + Definition, "-w", $"uprobe_events+=r:g/r1 {s_calls}:1", "-r", "uprobe_events", "-r", "events/g");
        Assert.Equal((0, ""), (result.ExitStatus, result.Errors));
        Assert.Equal(
            $"p:g/f1 {s_calls}:0x{ElfSymbols.OffsetOf(s_calls, "f1"):x16} a=%di:s32\nr:g/r1 {s_calls}:0x0000000000000001\nenable\nfilter\nf1\nr1\n",
            result.Output);
    }

    [Fact]
    public void TheStatusIsTheTargets()
    {
        CommandResult result = Muprobe.Run("tracefs", "-r", "events/enable", "--", "sh", "-c", "exit 7");
        Assert.Equal((7, "0\n"), (result.ExitStatus, result.Output));
    }

    [Theory]
    [InlineData("events/g/f1/enable=1", 1, "muprobe: events/g/f1/enable: ENOENT: ")]
    [InlineData("tracing_on=x", 1, "muprobe: tracing_on: EINVAL: ")]
    [InlineData("uprobe_events=p:g/f /bin/true:0x10 %zz", 2, "muprobe: Invalid register name\n  Command: p:g/f /bin/true:0x10 %zz\n")]
    [InlineData("tracing_on", 2, "muprobe: -w takes FILE=TEXT or FILE+=TEXT: 'tracing_on'\n")]
    public void AWriteThatFailsEndsItBeforeTheTargetStarts(string write, int status, string message)
    {
        CommandResult result = Muprobe.Run("tracefs", "-w", write, "--", s_calls, "2");
        Assert.Equal((status, ""), (result.ExitStatus, result.Output));
        Assert.StartsWith(message, result.Errors, StringComparison.Ordinal);
    }
}
