using System.Collections.Generic;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Tests.Shared;
using Xunit;

namespace ManagedUprobe.IntegrationTests;

/// <summary>Many threads on one site: every count exact, run after run.</summary>
public sealed class ThreadsTests
{
    [Theory]
    [Scenario(1, 51)]
    [InlineData("entry")]
    [InlineData("return")]
    public void EightThreadsAreCountedExactly(string kind)
    {
        string threads = Fixture.Path("threads");
        Probe probe = kind == "entry" ? Probe.Entry(threads, "work") : Probe.Return(threads, "work");
        foreach (int run in Repeat.Runs(always: kind == "entry" ? 50 : 5, inLongRuns: 10))
        {
            Assert.Equal((run, CountOf(probe, "8", Repeat.Choose(2_000, 100_000).ToString(Culture))), (run, 8 * Repeat.Choose(2_000, 100_000)));
        }
    }

    [Fact]
    [Scenario(42, 45)]
    public void ThreadsThatAreBornAndDieAreCountedExactly()
    {
        var probe = Probe.Entry(Fixture.Path("storm_threads_born_dying"), "work");
        foreach (int run in Repeat.Runs(always: 10, inLongRuns: 100))
        {
            Assert.Equal((run, CountOf(probe, "20", "20")), (run, 4 * 20 * 2 * 20));
        }
    }

    [Fact]
    [Scenario(42)]
    public void ThreadsThatAreBornWhileATracerComesAreCounted()
    {
        string program = Fixture.Path("births");
        foreach (int run in Repeat.Runs(always: 5, inLongRuns: 50))
        {
            using var target = new RunningCommand(new Command(program, "10"));
            _ = target.WaitForOutput("ready");
            using var tracer = new RunningCommand(new Command(Muprobe.Path, "stat", "-v", "-p", target.Id.ToString(Culture), "-e", $"p:g/work {program}:work"));
            _ = tracer.WaitForErrors($"muprobe: process {target.Id} (births): attached");
            target.Send("g");
            CommandResult result = target.WaitForEnd();
            Assert.Equal((run, result.Number("calls")), (run, UprobeProfile.Parse(tracer.WaitForEnd().Output, _ => true)["work"]));
        }
    }

    [Fact]
    public void EveryThreadHasLinesOfItsOwn()
    {
        string threads = Fixture.Path("threads");
        TraceRun run = Muprobe.Trace([Probe.Entry(threads, "work", "value=%di:s64")], new Command(threads, "4", "100"));
        var byThread = new Dictionary<int, int>();
        foreach (TraceLine line in run.Lines)
        {
            byThread[line.Tid] = byThread.GetValueOrDefault(line.Tid) + 1;
            Assert.Equal("threads", line.Comm);
        }

        Assert.Equal([100, 100, 100, 100], byThread.Values);
    }

    [Fact]
    public void TheKernelAgrees()
    {
        using var folder = new PrivateFolder();
        using var oracle = TraceFsOracle.Open();
        string threads = folder.Fixture("threads");
        TraceRun kernel = oracle.Count([Probe.Entry(threads, "work")], new Command(threads));
        Assert.Equal(kernel.Result.Number("calls"), kernel.Hits["work"]);
    }

    private static System.Globalization.CultureInfo Culture => System.Globalization.CultureInfo.InvariantCulture;

    private static long CountOf(Probe probe, params string[] arguments)
    {
        TraceRun run = Muprobe.Stat([probe], new Command(probe.Path, arguments));
        Assert.Equal(0, run.Result.ExitStatus);
        Assert.Equal(run.Result.Number("calls"), run.Hits[probe.Event]);
        return run.Hits[probe.Event];
    }
}
