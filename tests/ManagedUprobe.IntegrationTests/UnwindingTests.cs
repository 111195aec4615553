using System.Collections.Generic;
using System.IO;
using System.Linq;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Tests.Shared;
using Xunit;

namespace ManagedUprobe.IntegrationTests;

/// <summary>
/// Stacks that are unwound, walked, switched and moved while calls of probed functions are pending on them. The kernel's return probes end most of these programs; the
/// counts are those of the programs themselves.
/// </summary>
public sealed class UnwindingTests
{
    public static TheoryData<string> Ways => ["auto", "hijack"];

    [Theory]
    [Scenario(26)]
    [MemberData(nameof(Ways))]
    public void Scenario026_ExceptionsReachTheirHandlersAndCatchersReturn(string way)
    {
        const int N = 40;
        Dictionary<string, int> returns = Returns(
            "exceptions", [$"{N}"], way, "thrower", "passing", "rethrowing", "catching", "constructing");
        Assert.Equal(
            (2 * N, 3 * N / 2, 3 * N / 2, 2 * N, N),
            (returns["thrower"], returns["passing"], returns["rethrowing"], returns["catching"], returns["constructing"]));
    }

    [Theory]
    [Scenario(26)]
    [MemberData(nameof(Ways))]
    public void Scenario026_RustPanicsAreCaught(string way)
    {
        RequireFixture("panics", "no rustc");
        Dictionary<string, int> returns = Returns("panics", ["40"], way, "panicking", "passing", "catching");
        Assert.Equal((20, 20, 40), (returns["panicking"], returns["passing"], returns["catching"]));
    }

    [Theory]
    [Scenario(30)]
    [InlineData("cancel", "auto")]
    [InlineData("cancel", "hijack")]
    [InlineData("exit", "auto")]
    [InlineData("exit", "hijack")]
    public void Scenario030_ThreadsEndInsideProbedFunctions(string kind, string way)
    {
        Dictionary<string, int> returns = Returns(
            "unwinding", [kind, "20"], way, "innermost", "middle", "tail", "outermost", "plain");
        Assert.Equal(
            (0, 0, 0, 0, 20), (returns["innermost"], returns["middle"], returns["tail"], returns["outermost"], returns["plain"]));
    }

    [Theory]
    [Scenario(31)]
    [MemberData(nameof(Ways))]
    public void Scenario031_BacktracesAreComplete(string way)
    {
        Dictionary<string, int> returns = Returns(
            "unwinding", ["backtrace", "20"], way, "innermost", "middle", "tail", "outermost", "plain");
        Assert.Equal(
            (20, 20, 20, 20, 40), (returns["innermost"], returns["middle"], returns["tail"], returns["outermost"], returns["plain"]));
    }

    [Theory]
    [Scenario(27)]
    [MemberData(nameof(Ways))]
    public void Scenario027_CoroutinesReturnOnTheirOwnStacks(string way)
    {
        string program = Fixture.Path("coroutines");
        TraceRun run = TraceLikeUntraced(program, ["20"], way, "inner", "outer", "resuming", "plain");
        Assert.Equal(
            (run.Result.Number("inner"), run.Result.Number("outer"), run.Result.Number("calls"), run.Result.Number("calls")),
            (Count(run, "inner"), Count(run, "outer"), Count(run, "resuming"), Count(run, "plain")));
    }

    [Fact]
    [Scenario(31)]
    public void Scenario031_GoRoutinesReturnAlsoAfterTheirStackHasMoved()
    {
        RequireFixture("growing", "no go");
        TraceRun run = TraceLikeUntraced(Fixture.Path("growing"), ["20"], "auto", "main.leaf", "main.deepen", "main.around");
        Assert.Equal(
            (40, run.Result.Number("deepened"), 20),
            (Count(run, "main_leaf"), Count(run, "main_deepen"), Count(run, "main_around")));
    }

    [Fact]
    [Scenario(31)]
    public void Scenario031_ReturnAddressesOfGoProgramsAreNotReplaced()
    {
        RequireFixture("growing", "no go");
        string program = Fixture.Path("growing");
        TraceRun run = Muprobe.Trace([ReturnOf(program, "main.leaf")], new Command(program, ["1"]), "--return", "hijack");
        Assert.NotEqual(0, run.Result.ExitStatus);
        Assert.Contains("a Go program moves its stacks", run.Result.Errors, System.StringComparison.Ordinal);
    }

    // Not every symbol is a name for an event.
    private static Probe ReturnOf(string program, string function)
    {
        return Probe.Return(program, function) with { Event = function.Replace('.', '_') + "_return" };
    }

    private static Dictionary<string, int> Returns(string fixture, string[] arguments, string way, params string[] functions)
    {
        TraceRun run = TraceLikeUntraced(Fixture.Path(fixture), arguments, way, functions);
        return functions.ToDictionary(name => name, name => Count(run, name));
    }

    private static TraceRun TraceLikeUntraced(string program, string[] arguments, string way, params string[] functions)
    {
        var command = new Command(program, arguments);
        CommandResult untraced = CommandRunner.Run(command);
        TraceRun ours = Muprobe.Trace(functions.Select(name => ReturnOf(program, name)), command, "--return", way);
        Compare.SameResult(untraced, ours.Result);
        return ours;
    }

    private static int Count(TraceRun run, string function)
    {
        return run.Lines.Count(line => line.Event == function + "_return");
    }

    private static void RequireFixture(string name, string reason)
    {
        Assert.SkipUnless(File.Exists(Fixture.Path(name)), reason);
    }
}
