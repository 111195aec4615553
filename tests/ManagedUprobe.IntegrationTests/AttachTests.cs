using System.Globalization;
using System.IO;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Tests.Shared;
using Xunit;

namespace ManagedUprobe.IntegrationTests;

/// <summary>Probes in a process that runs already: placed, counted, removed, and nothing left behind.</summary>
public sealed class AttachTests
{
    [Theory]
    [InlineData("100", "0", 100)]
    [InlineData("100", "7", 800)]
    public void AProcessIsCountedFromTheAttachOn(string each, string threads, int calls)
    {
        using var folder = new PrivateFolder();
        using var target = new RunningCommand(new Command(Fixture.Path("waiting"), each, threads));
        string pid = target.WaitForOutput("ready ").Split(' ')[1];
        using RunningCommand tracer = Attach(folder, pid);

        CommandResult result = target.WaitForEnd();

        Assert.Equal((0, calls), (result.ExitStatus, result.Number("calls")));
        Assert.Equal(0, tracer.WaitForEnd().ExitStatus);
        Assert.Equal(calls, Hits(folder));
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public void AfterASignalTheTargetRunsOnUnprobed(string signal)
    {
        using var folder = new PrivateFolder();
        using var target = new RunningCommand(new Command(Fixture.Path("waiting"), "100", "3"));
        string pid = target.WaitForOutput("ready ").Split(' ')[1];
        using RunningCommand tracer = Attach(folder, pid);

        tracer.Signal(signal);

        Assert.Equal(0, tracer.WaitForEnd().ExitStatus);
        Assert.Contains("TracerPid:\t0\n", File.ReadAllText($"/proc/{pid}/status"), System.StringComparison.Ordinal);
        CommandResult result = target.WaitForEnd();
        Assert.Equal((0, 400), (result.ExitStatus, result.Number("calls")));
        Assert.Equal(0, Hits(folder));
    }

    [Fact]
    public void ACountEndsTheTraceAndLeavesTheTarget()
    {
        using var folder = new PrivateFolder();
        string calls = Fixture.Path("calls");
        var command = new Command(calls, "50");
        CommandResult result = CommandRunner.Run(Muprobe.Before(command, "trace", folder["events"], ["-n", "10", "-e", $"p {calls}:f1"]));
        Assert.Equal((0, 50), (result.ExitStatus, result.Number("calls")));
        Assert.Equal(10, TraceLine.ParseAll(File.ReadAllText(folder["events"])).Count);
    }

    [Fact]
    [Scenario(60)]
    public void ATracerThatStandsStillHoldsTheTargetAtItsNextHitAndNoLonger()
    {
        using var folder = new PrivateFolder();
        using var target = new RunningCommand(new Command(Fixture.Path("waiting"), "100"));
        string pid = target.WaitForOutput("ready ").Split(' ')[1];
        using RunningCommand tracer = Attach(folder, pid);
        tracer.Signal("STOP");
        target.CloseInput();
        while (!File.ReadAllText($"/proc/{pid}/stat").Contains(") t ", System.StringComparison.Ordinal))
        {
            target.ThrowIfEnded();
        }

        tracer.Signal("CONT");

        CommandResult result = target.WaitForEnd();
        Assert.Equal((0, 100), (result.ExitStatus, result.Number("calls")));
        Assert.Equal(0, tracer.WaitForEnd().ExitStatus);
        Assert.Equal(100, Hits(folder));
    }

    /// <summary>-v says on standard error when the probes are in place.</summary>
    private static RunningCommand Attach(PrivateFolder folder, string pid)
    {
        string program = Fixture.Path("waiting");
        var tracer = new RunningCommand(new Command(Muprobe.Path, "stat", "-v", "-o", folder["report"], "-e", $"p:g/f1 {program}:f1", "-p", pid));
        // Both mean that the site's byte is written: the process's text has it, whatever -v prints.
        WaitForBreakpoint(program, int.Parse(pid, CultureInfo.InvariantCulture), tracer);
        return tracer;
    }

    private static void WaitForBreakpoint(string program, int pid, RunningCommand tracer)
    {
        ulong vaddr = ProcessText.Vaddr(pid, program, ElfSymbols.OffsetOf(program, "f1"));
        while (ProcessText.ReadByte(pid, vaddr) != 0xcc)
        {
            tracer.ThrowIfEnded();
        }
    }

    private static long Hits(PrivateFolder folder)
    {
        return UprobeProfile.Parse(File.ReadAllText(folder["report"]), _ => true)["f1"];
    }
}
