using System.Globalization;
using System.Linq;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Tests.Shared;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Speed;

/// <summary>What a user sees of where the time goes, and of the CPU that target and tracer share.</summary>
public sealed class ShareTests
{
    private static readonly string[] s_affinity = ["-c", "grep Cpus_allowed_list /proc/self/status"];

    [Fact]
    public void VerboseStatEndsWithTheTracersShare()
    {
        CommandResult result = Muprobe.Run("stat", "-v", "-e", Place(), "--", Fixture.Path("calls"), "200");
        string last = result.Errors.TrimEnd().Split('\n')[^1];
        Assert.Matches(@"^muprobe: \d+ stops, \d+\.\d system calls a hit; \d+\.\d{3} s in the target, \d+\.\d{3} s in the tracer \(\d+ %\)$", last);
        Assert.True(int.Parse(last.Split(' ')[1], CultureInfo.InvariantCulture) >= 200, last);
    }

    [Fact]
    [Scenario(62)]
    public void ASharedCpuIsTheOnlyOneOfTheTarget()
    {
        CommandResult shared = Muprobe.Run(["stat", "--share-cpu", "-e", Place(), "-o", "/dev/null", "--", "sh", .. s_affinity]);
        Assert.Matches(@"^Cpus_allowed_list:\s+\d+\s*$", shared.Output);
    }

    [Fact]
    [Scenario(62)]
    public void WhenTheTracerLeavesTheTargetHasItsCpusBack()
    {
        string before = CommandRunner.Run("sh", s_affinity).Output;
        CommandResult left = Muprobe.Run(
            "stat", "--share-cpu", "-d", "0.3", "-e", Place(), "-o", "/dev/null", "--", "sh", "-c", "grep Cpus_allowed_list /proc/$$/status; sleep 2; grep Cpus_allowed_list /proc/$$/status");
        string[] lines = left.Output.Split('\n', System.StringSplitOptions.RemoveEmptyEntries);
        Assert.Matches(@"^Cpus_allowed_list:\s+\d+$", lines[0]);
        Assert.Equal(before.Trim(), lines[^1]);
    }

    [Fact]
    public void EventsOfAConfinedThreadNameItsCpu()
    {
        string cpu = CommandRunner.Run("sh", s_affinity).Output.Trim().Split([':', '-', ',']).Last().Trim();
        TraceRun run = Muprobe.TraceDefinitions([Place()], new Command("taskset", "-c", cpu, Fixture.Path("calls"), "100"));
        Assert.Equal(100, run.Lines.Count);
        Assert.All(run.Lines, line => Assert.Equal(int.Parse(cpu, CultureInfo.InvariantCulture), line.Cpu));
    }

    private static string Place() => $"p:hit {Fixture.Path("calls")}:f1";
}
