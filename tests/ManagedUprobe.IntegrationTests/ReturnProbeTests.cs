using System.Collections.Generic;
using System.Linq;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Tests.Shared;
using Xunit;

namespace ManagedUprobe.IntegrationTests;

/// <summary>Returns that come late, deep, in chains, twice or never.</summary>
public sealed class ReturnProbeTests
{
    private const string AtSites = "auto";
    private const string Hijacked = "hijack";

    public static TheoryData<string> Ways => [AtSites, Hijacked];

    [Theory]
    [Scenario(28)]
    [InlineData(1, 1, AtSites)]
    [InlineData(64, 64, AtSites)]
    [InlineData(70, 64, AtSites)]
    [InlineData(500, 64, AtSites)]
    [InlineData(70, 64, Hijacked)]
    [InlineData(500, 64, Hijacked)]
    public void Scenario028_RecursionKeepsSixtyFourReturns(int depth, int returns, string way)
    {
        string program = Fixture.Path("recursion");
        Probe[] probes = [Probe.Entry(program, "descend", "%di"), Probe.Return(program, "descend", "$retval")];
        TraceRun ours = TraceLikeUntraced(probes, new Command(program, $"{depth}"), "--return", way);
        Assert.Equal((depth, returns), (Count(ours, "descend"), Count(ours, "descend_return")));
    }

    [Theory]
    [Scenario(28)]
    [MemberData(nameof(Ways))]
    public void Scenario028_MissedReturnsAreShownOnRequest(string way)
    {
        string program = Fixture.Path("recursion");
        TraceRun ours = Muprobe.Trace([Probe.Return(program, "descend")], new Command(program, "70"), "-v", "--return", way);
        Assert.Equal(64, ours.Lines.Count);
        Assert.Matches(@"miss\w*\D+6\b|\b6\D+miss", ours.Result.Errors);
    }

    [Theory]
    [Scenario(29)]
    [MemberData(nameof(Ways))]
    public void Scenario029_TailCallsReturnInnermostFirst(string way)
    {
        string program = Fixture.Path("tailcall");
        Probe[] probes = [Probe.Return(program, "first"), Probe.Return(program, "second"), Probe.Return(program, "third")];
        TraceRun ours = TraceLikeUntraced(probes, new Command(program, "4"), "--return", way);
        string[] round = ["third_return", "second_return", "first_return", "third_return"];
        Assert.Equal(Enumerable.Repeat(round, 4).SelectMany(events => events), ours.Lines.Select(line => line.Event));
    }

    [Theory]
    [Scenario(27)]
    [MemberData(nameof(Ways))]
    public void Scenario027_FramesThatLongjmpLeavesAreDropped(string way)
    {
        string program = Fixture.Path("longjmp");
        Probe[] probes = [Probe.Entry(program, "outer"), Probe.Return(program, "outer"), Probe.Return(program, "inner"), Probe.Return(program, "plain")];
        TraceRun ours = TraceLikeUntraced(probes, new Command(program, "200"), "--return", way);
        long returns = ours.Result.Number("returns");
        Assert.Equal(
            (200, returns, returns, 200),
            (Count(ours, "outer"), Count(ours, "outer_return"), Count(ours, "inner_return"), Count(ours, "plain_return")));
    }

    [Theory]
    [Scenario(32)]
    [MemberData(nameof(Ways))]
    public void Scenario032_AForkInsideProbedFunctionsReturnsTwice(string way)
    {
        string program = Fixture.Path("forkreturn");
        Probe[] probes = [Probe.Entry(program, "forking"), Probe.Return(program, "forking"), Probe.Return(program, "around"), Probe.Return(program, "after")];
        TraceRun ours = TraceLikeUntraced(probes, new Command(program, "10"), "--return", way);
        Assert.Equal(
            (10, 20, 20, 20),
            (Count(ours, "forking"), Count(ours, "forking_return"), Count(ours, "around_return"), Count(ours, "after_return")));
    }

    [Theory]
    [Scenario(32, 39)]
    [MemberData(nameof(Ways))]
    public void Scenario032_AForkInsideProbedFunctionsIsLeftAloneWithoutFollowing(string way)
    {
        string program = Fixture.Path("forkreturn");
        Probe[] probes = [Probe.Return(program, "forking"), Probe.Return(program, "around"), Probe.Return(program, "after")];
        TraceRun ours = TraceLikeUntraced(probes, new Command(program, "10"), "--no-follow", "--return", way);
        Assert.Equal((10, 10, 10), (Count(ours, "forking_return"), Count(ours, "around_return"), Count(ours, "after_return")));
    }

    [Theory]
    [Scenario(2, 36)]
    [MemberData(nameof(Ways))]
    public void SignalsInAStormLoseNothing(string way)
    {
        string program = Fixture.Path("signals");
        Probe[] probes = [Probe.Entry(program, "counted"), Probe.Return(program, "counted")];
        foreach (string kind in new[] { "return", "jump", "threads" })
        {
            TraceRun ours = Muprobe.Stat(probes, new Command(program, kind, "50"), "--return", way);
            Assert.Equal((kind, 0), (kind, ours.Result.ExitStatus));
            Assert.Equal((kind, ours.Result.Number("calls")), (kind, ours.Hits["counted"]));
            Assert.Equal((kind, ours.Result.Number("calls")), (kind, ours.Hits["counted_return"]));
        }
    }

    [Theory]
    [Scenario(48, 49, 80)]
    [InlineData("blocked")]
    [InlineData("trap")]
    public void MaskAndDispositionsStayAsTheyWere(string kind)
    {
        string program = Fixture.Path("signals");
        TraceLikeUntraced([Probe.Entry(program, "counted"), Probe.Return(program, "counted")], new Command(program, kind, "20"));
    }

    [Theory]
    [Scenario(11)]
    [MemberData(nameof(Ways))]
    public void DataBelowTheStackPointerSurvives(string way)
    {
        string program = Fixture.Path("redzone");
        ulong leaf = ElfSymbols.OffsetOf(program, "leaf");
        IEnumerable<Probe> inside = InstructionBoundaries.Of(program, ["leaf"])
            .Select(offset => new Probe('p', $"leaf_{offset - leaf}", program, offset));
        TraceLikeUntraced([.. inside, Probe.Return(program, "leaf"), Probe.Return(program, "big_frame")], new Command(program, "20"), "--return", way);
    }

    /// <summary>The kernel as well, for what the numbers above say about it.</summary>
    [Fact]
    public void TheKernelAgrees()
    {
        using var folder = new PrivateFolder();
        using var oracle = TraceFsOracle.Open();
        string recursion = folder.Fixture("recursion");
        TraceRun kernel = oracle.Record([Probe.Entry(recursion, "descend"), Probe.Return(recursion, "descend")], new Command(recursion, "70"));
        Assert.Equal((70, 64), (Count(kernel, "descend"), Count(kernel, "descend_return")));

        string forkreturn = folder.Fixture("forkreturn");
        kernel = oracle.Record([Probe.Return(forkreturn, "forking"), Probe.Return(forkreturn, "around")], new Command(forkreturn, "10"));
        Assert.Equal((20, 20), (Count(kernel, "forking_return"), Count(kernel, "around_return")));

        string signals = folder.Fixture("signals");
        foreach (string kind in new[] { "return", "jump", "threads" })
        {
            kernel = oracle.Count([Probe.Entry(signals, "counted")], new Command(signals, kind, "50"));
            Assert.Equal((kind, kernel.Result.Number("calls")), (kind, kernel.Hits["counted"]));
        }
    }

    private static int Count(TraceRun run, string name)
    {
        return run.Lines.Count(line => line.Event == name);
    }

    private static TraceRun TraceLikeUntraced(IEnumerable<Probe> probes, Command command, params string[] options)
    {
        CommandResult untraced = CommandRunner.Run(command);
        TraceRun ours = Muprobe.Trace(probes, command, options);
        Compare.SameResult(untraced, ours.Result);
        return ours;
    }
}
