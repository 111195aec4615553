using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Output;
using ManagedUprobe.Primitives;
using ManagedUprobe.Session;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Filters;

/// <summary><c>--filter</c>, and filters of events that a program adds. <c>calls N</c> calls f1 with 0, 1, …, N - 1.</summary>
public sealed class FilterOptionTests
{
    private static readonly string s_calls = Fixture.Path("calls");

    private static string Entry => $"p:g/in {s_calls}:f1 a=%di:s32 who=$comm";

    private static string Return => $"r:g/out {s_calls}:f1 v=$retval:s32";

    [Fact]
    public void AFilterIsForTheProbesBeforeIt()
    {
        TraceRun run = Trace("-e", Entry, "--filter", "a > 2 && who == \"calls\"", "-e", Return);
        Assert.Equal([3, 4, 5], Values(run, "in", "a"));
        Assert.Equal(6, run.Lines.Count(line => line.Event == "out"));
    }

    [Fact]
    public void AFilterIsForAllProbesBeforeItThatHaveNone()
    {
        TraceRun run = Trace("-e", Entry, "-e", Return, "--filter", "common_cpu < 0", "-e", $"p:g/too {s_calls}:f1 a=%di:s32", "--filter", "a == 5");
        Assert.Equal(["too"], run.Lines.Select(line => line.Event));
        Assert.Equal([5], Values(run, "too", "a"));
    }

    [Fact]
    public void StatCountsWhatTheFilterLetsPass()
    {
        using var folder = new PrivateFolder();
        string[] options = ["-e", Entry, "--filter", "a & 1", "-e", $"r:g/out {s_calls}:f1 v=$retval:s32", "--filter", "v < 0", "-e", $"p:g/all {s_calls}:f1"];
        _ = CommandRunner.Run(Muprobe.Before(new Command(s_calls, "7"), "stat", folder["report"], options));
        IReadOnlyDictionary<string, long> counts = UprobeProfile.Parse(File.ReadAllText(folder["report"]), _ => true);
        Assert.Equal((3, 0, 7), (counts["in"], counts["out"], counts["all"]));
    }

    [Theory]
    [InlineData("a == x", "Invalid value (did you forget quotes)?\n  Command: a == x\n                 ^\n")]
    [InlineData("(a == 1", "Too many '('\n  Command: (a == 1\n           ^\n")]
    [InlineData("== 1", "A field is expected\n  Command: == 1\n")]
    public void ABadFilterIsShownWithItsPlace(string filter, string error)
    {
        CommandResult result = Muprobe.Run("trace", "-e", Entry, "--filter", filter, "--", s_calls, "1");
        Assert.Equal((2, "muprobe: " + error, ""), (result.ExitStatus, result.Errors, result.Output));
    }

    [Fact]
    public void AFilterWithoutAProbeBeforeItIsRefused()
    {
        CommandResult result = Muprobe.Run("trace", "--filter", "a == 1", "-e", Entry, "--", s_calls, "1");
        Assert.Equal((2, ""), (result.ExitStatus, result.Output));
        Assert.Contains("no probe for this filter", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnEventOfTheLibraryCanHaveAFilter()
    {
        await using var session = UprobeSession.Launch(s_calls, ["9"]);
        UprobeException error = Assert.Throws<UprobeException>(() => session.AddEvent(Entry, "b == 1"));
        Assert.Equal(("Field not found", 2), (error.Message, error.Position));
        Assert.Empty(session.EventCounts);

        session.AddEvent(Entry, "a >= 7");
        Assert.Equal("a >= 7\n", session.TraceFs.ReadText("events/g/in/filter"));
        var seen = new List<object?>();
        await foreach (TraceEvent item in session.ReadEventsAsync(TestContext.Current.CancellationToken))
        {
            seen.Add(item.Args["a"]);
        }

        Assert.Equal([7L, 8L], seen);
        Assert.Equal(9, Assert.Single(session.EventCounts).Hits);
    }

    private static TraceRun Trace(params string[] options)
    {
        using var folder = new PrivateFolder();
        CommandResult result = CommandRunner.Run(Muprobe.Before(new Command(s_calls, "6"), "trace", folder["report"], options));
        Assert.Equal(0, result.ExitStatus);
        return new TraceRun(result, new Dictionary<string, long>(), TraceLine.ParseAll(File.ReadAllText(folder["report"])));
    }

    private static IEnumerable<int> Values(TraceRun run, string name, string argument) =>
        run.Lines.Where(line => line.Event == name)
            .Select(line => int.Parse(line.Text.Split(argument + "=")[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture));
}
