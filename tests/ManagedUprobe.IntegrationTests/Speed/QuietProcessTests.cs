using System;
using System.Globalization;
using System.IO;
using System.Linq;
using ManagedUprobe.IntegrationTests.Support;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Speed;

/// <summary>What a stop costs the process of the command beside the tracer thread's own work: nothing.</summary>
public sealed class QuietProcessTests
{
    private const int WarmHits = 5_000;
    private const int Hits = 40_000;

    [Fact]
    public void AStopWakesNoThreadButTheTracer()
    {
        (long switches, _) = Grown();
        Assert.True(switches < Hits / 4, $"the main thread went to sleep {switches} times during {Hits} stops");
    }

    // The published file has a runtime of its own: what allocates there need not in the tests' process.
    [Fact]
    public void AStopTouchesNoNewMemory()
    {
        (_, long faults) = Grown();
        Assert.True(faults < Hits / 100, $"{faults} page faults during {Hits} stops");
    }

    // How many times the main thread slept, and the process touched new pages, between two runs of the target.
    private static (long Switches, long Faults) Grown()
    {
        using var folder = new PrivateFolder();
        string program = Fixture.Path("bench_target");
        string script = $"{program} endbr64 {WarmHits}; echo warm; until [ -e {folder["go"]} ]; do sleep 0.01; done; {program} endbr64 {Hits}; echo done; until [ -e {folder["end"]} ]; do sleep 0.01; done";
        using var command = new RunningCommand(
            new Command(Muprobe.Path, "stat", "-e", $"p:hit {program}:bench_endbr64", "-o", folder["counts"], "--", "sh", "-c", script));
        _ = command.WaitForOutput("warm");
        (long Switches, long Faults) before = Now(command.Id);
        File.WriteAllBytes(folder["go"], []);
        _ = command.WaitForOutput("done");
        (long Switches, long Faults) after = Now(command.Id);
        File.WriteAllBytes(folder["end"], []);
        Assert.Equal(0, command.WaitForEnd().ExitStatus);
        Assert.Contains($" {WarmHits + Hits}", File.ReadAllText(folder["counts"]), StringComparison.Ordinal);
        return (after.Switches - before.Switches, after.Faults - before.Faults);
    }

    private static (long Switches, long Faults) Now(int pid)
    {
        string switches = File.ReadLines($"/proc/{pid}/task/{pid}/status").Single(line => line.StartsWith("voluntary_ctxt_switches:", StringComparison.Ordinal));
        string stat = File.ReadAllText($"/proc/{pid}/stat");
        string faults = stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[7];
        return (Number(switches[(switches.IndexOf(':', StringComparison.Ordinal) + 1)..]), Number(faults));
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
