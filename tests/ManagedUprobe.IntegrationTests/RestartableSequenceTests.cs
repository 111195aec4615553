using System.Linq;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Tests.Shared;
using Xunit;

namespace ManagedUprobe.IntegrationTests;

/// <summary>Code that the kernel starts anew when its thread was away: not probed itself, and not disturbed by probes around it.</summary>
public sealed class RestartableSequenceTests
{
    private static readonly string s_program = Fixture.Path("restartable");

    [Fact]
    [Scenario(24)]
    public void EveryInstructionOfASequenceIsRefusedWithTheReason()
    {
        ulong start = ElfSymbols.OffsetOf(s_program, "sequence_start");
        ulong end = ElfSymbols.OffsetOf(s_program, "sequence_end");
        ulong[] inside = [.. InstructionBoundaries.Of(s_program, ["sequence_start"]).Where(offset => offset >= start && offset < end)];
        Assert.Equal(3, inside.Length);
        foreach (ulong offset in inside)
        {
            CommandResult result = Muprobe.Run("stat", "-e", $"p:g/e {s_program}:0x{offset:x}", "--", "/bin/echo", "must not run");
            Assert.Equal((1, ""), (result.ExitStatus, result.Output));
            Assert.Contains("restartable sequence", result.Errors, System.StringComparison.Ordinal);
        }
    }

    [Fact]
    [Scenario(24)]
    public void ProbesAroundASequenceAreLikeOthers()
    {
        Probe[] probes = [Probe.Entry(s_program, "add"), Probe.Entry(s_program, "sequence_end"), Probe.Return(s_program, "add")];
        TraceRun ours = Muprobe.Stat(probes, new Command(s_program, "1000"));
        long calls = ours.Result.Number("calls");
        Assert.Equal((0, 1000), (ours.Result.ExitStatus, ours.Result.Number("counter")));
        Assert.Equal((calls, 1000, calls), (ours.Hits["add"], ours.Hits["sequence_end"], ours.Hits["add_return"]));
    }

    [Fact]
    [Scenario(24)]
    public void ExplainSaysSoToo()
    {
        CommandResult result = Muprobe.Run("explain", "-e", $"p:g/e {s_program}:sequence_start");
        Assert.Equal(1, result.ExitStatus);
        Assert.Contains("restartable sequence", result.Output, System.StringComparison.Ordinal);
    }
}
