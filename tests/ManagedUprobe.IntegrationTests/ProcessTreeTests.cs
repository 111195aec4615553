using System.Linq;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Tests.Shared;
using Xunit;

namespace ManagedUprobe.IntegrationTests;

/// <summary>Processes and threads that come and go in every way: all counted, or the first alone.</summary>
public sealed class ProcessTreeTests
{
    /// <summary>Fixture, its arguments, the probed function, how often a test runs it.</summary>
    public static TheoryData<string, string[], string, int> Trees => new()
    {
        { "forktree", ["10"], "node_work", 50 },
        { "cloneshared", ["200"], "work", 10 },
        { "nonleader_exec", ["100"], "work", 20 },
        { "leader_exits_first", ["100"], "work", 20 },
        { "exits", ["50"], "work", 20 },
    };

    [Theory]
    [Scenario(40, 43, 44, 45, 46, 58)]
    [MemberData(nameof(Trees))]
    public void EveryProcessIsCounted(string fixture, string[] arguments, string symbol, int runs)
    {
        var command = new Command(Fixture.Path(fixture), arguments);
        CommandResult untraced = CommandRunner.Run(command);
        var probe = Probe.Entry(command.Program, symbol);
        foreach (int run in Repeat.Runs(runs, runs * 5))
        {
            TraceRun ours = Muprobe.Stat([probe], command);
            Compare.SameResult(untraced, ours.Result);
            Assert.Equal((run, untraced.Number("calls")), (run, ours.Hits[symbol]));
        }
    }

    [Theory]
    [Scenario(39, 40)]
    [InlineData("forktree", "node_work", 50)]
    [InlineData("cloneshared", "work", 10)]
    [InlineData("leader_exits_first", "work", 10)]
    [InlineData("exits", "work", 10)]
    [InlineData("unfollowed", "work", 10)]
    public void WithoutFollowingTheFirstProcessAloneIsCounted(string fixture, string symbol, int runs)
    {
        var command = new Command(Fixture.Path(fixture));
        CommandResult untraced = CommandRunner.Run(command);
        var probe = Probe.Entry(command.Program, symbol);
        foreach (int run in Repeat.Runs(runs, runs * 5))
        {
            TraceRun ours = Muprobe.Stat([probe], command, "--no-follow");
            Compare.SameResult(untraced, ours.Result);
            Assert.Equal((run, untraced.Number("own")), (run, ours.Hits[symbol]));
        }
    }

    [Theory]
    [MemberData(nameof(Trees))]
    public void TheKernelAgrees(string fixture, string[] arguments, string symbol, int runs)
    {
        using var folder = new PrivateFolder();
        using var oracle = TraceFsOracle.Open();
        string copy = folder.Fixture(fixture);
        foreach (int run in Enumerable.Range(1, System.Math.Min(runs, 3)))
        {
            TraceRun kernel = oracle.Count([Probe.Entry(copy, symbol)], new Command(copy, arguments));
            Assert.Equal((run, kernel.Result.Number("calls")), (run, kernel.Hits[symbol]));
        }
    }

    /// <summary>The handler in the target takes such a task past each int3. It is not counted; those that share its memory go on to be.</summary>
    [Theory]
    [Scenario(41)]
    [InlineData("fork")]
    [InlineData("shared")]
    [InlineData("thread")]
    public void ATaskThatNobodyMayTraceIsNotHarmed(string kind)
    {
        var command = new Command(Fixture.Path("untraced"), kind, "20");
        CommandResult untraced = CommandRunner.Run(command);
        Probe[] probes = [Probe.Entry(command.Program, "work"), Probe.Return(command.Program, "work")];
        foreach (int run in Repeat.Runs(5, 200))
        {
            foreach (string way in new[] { "auto", "hijack" })
            {
                TraceRun ours = Muprobe.Stat(probes, command, "--return", way);
                Compare.SameResult(untraced, ours.Result);
                Assert.Equal((run, way, 20, 20), (run, way, ours.Hits["work"], ours.Hits["work_return"]));
            }
        }
    }

    [Fact]
    public void ReturnsInChildrenAreCounted()
    {
        string tree = Fixture.Path("forktree");
        TraceRun ours = Muprobe.Trace([Probe.Return(tree, "node_work", "$retval")], new Command(tree));
        Assert.Equal(0, ours.Result.ExitStatus);
        Assert.Equal(ours.Result.Number("calls"), ours.Lines.Count);
    }

    [Fact]
    public void AScriptIsFollowedIntoItsInterpreterAndFurther()
    {
        TraceRun ours = Muprobe.Stat([Probe.Entry(Fixture.Path("calls"), "f1")], new Command(Fixture.Path("script"), "6"));
        Assert.Equal(6, ours.Hits["f1"]);
        ours = Muprobe.Stat([Probe.Entry(Fixture.Path("calls"), "f1")], new Command(Fixture.Path("script_direct")));
        Assert.Equal(4, ours.Hits["f1"]);
    }
}
