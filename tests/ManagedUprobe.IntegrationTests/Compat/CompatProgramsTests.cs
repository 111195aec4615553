using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Tests.Shared;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Compat;

/// <summary>32-bit programs run under probes as without, and every call is counted.</summary>
public sealed class CompatProgramsTests
{
    [Theory]
    [Scenario(73)]
    [InlineData("auto", "calls", "f1", "7")]
    [InlineData("hijack", "calls", "f1", "7")]
    [InlineData("auto", "calls_static", "f1", "7")]
    [InlineData("hijack", "calls_static", "f1", "7")]
    [InlineData("auto", "threads", "work", "4", "200")]
    [InlineData("hijack", "threads", "work", "4", "200")]
    [InlineData("auto", "forktree", "node_work", "5")]
    [InlineData("hijack", "forktree", "node_work", "5")]
    public void CallsAndReturnsAreCounted(string way, string fixture, string function, params string[] arguments)
    {
        string program = CompatFixture.Path(fixture);
        TraceRun ours = StatLikeUntraced([Probe.Entry(program, function), Probe.Return(program, function)], new Command(program, arguments), "--return", way);
        long calls = ours.Result.Number("calls");
        Assert.Equal((calls, calls), (ours.Hits[function], ours.Hits[function + "_return"]));
    }

    [Theory]
    [Scenario(73)]
    [InlineData("return")]
    [InlineData("jump")]
    [InlineData("threads")]
    public void SignalsFindTheProgramAtItsOwnAddresses(string kind)
    {
        string program = CompatFixture.Path("signals");
        TraceRun ours = Muprobe.Stat([Probe.Entry(program, "counted")], new Command(program, kind, "50"));
        Assert.Equal(0, ours.Result.ExitStatus);
        Assert.Equal(ours.Result.Number("calls"), ours.Hits["counted"]);
    }

    [Fact]
    [Scenario(73)]
    public void SignalsStayBlockedAcrossHits()
    {
        string program = CompatFixture.Path("signals");
        TraceRun ours = Muprobe.Stat([Probe.Entry(program, "counted")], new Command(program, "blocked", "20"));
        Assert.Equal((0, 1, 1), (ours.Result.ExitStatus, ours.Result.Number("pending"), ours.Result.Number("handled")));
        Assert.Contains("blocked blocks SIGTRAP 1, SIGUSR1 1\n", ours.Result.Output, System.StringComparison.Ordinal);
        Assert.Equal(ours.Result.Number("calls"), ours.Hits["counted"]);
    }

    [Theory]
    [Scenario(73)]
    [InlineData("exceptions", "thrower", "50")]
    [InlineData("unwinding", "innermost", "b", "5")]
    [InlineData("unwinding", "innermost", "c", "5")]
    [InlineData("unwinding", "innermost", "e", "5")]
    [InlineData("longjmp", "inner", "6")]
    [InlineData("coroutines", "*", "5")]
    public void UnwindersAndOtherStacksSeeTrueReturnAddresses(string fixture, string function, params string[] arguments)
    {
        string program = CompatFixture.Path(fixture);
        var command = new Command(program, arguments);
        CommandResult untraced = CommandRunner.Run(command);
        TraceRun ours = Muprobe.StatDefinitions([$"r {program}:{function}"], command, "--return", function == "*" ? "auto" : "hijack");
        Compare.SameResult(untraced, ours.Result);
        Assert.NotEqual(0, ours.Hits.Values.Sum());
    }

    /// <summary>A function that returns its own return address (where position-independent code asks where it is) keeps it, whatever is asked for.</summary>
    [Fact]
    [Scenario(73)]
    public void CodeThatAsksWhereItIsIsToldTheTruth()
    {
        string program = CompatFixture.Path("calls");
        string[] thunks = [.. new ElfSymbols(program).Names.Where(name => name.StartsWith("__x86.get_pc_thunk", System.StringComparison.Ordinal))];
        Probe[] probes = [.. thunks.Select((name, index) => new Probe('r', $"thunk{index}", program, ElfSymbols.OffsetOf(program, name)))];
        TraceRun ours = StatLikeUntraced(probes, new Command(program, "5"), "--return", "hijack");
        Assert.NotEqual(0, ours.Hits.Values.Sum());
    }

    [Fact]
    [Scenario(73)]
    public void LibrariesThatAreLoadedLateAreProbedBeforeTheirConstructorsRun()
    {
        using var folder = new PrivateFolder();
        string library = folder.Copy(CompatFixture.Path("libplugin.so"));
        string program = folder.Copy(CompatFixture.Path("plugin_host"));
        TraceRun ours = StatLikeUntraced([Probe.Entry(library, "plugin_work")], new Command(program, "3"));
        Assert.Equal(ours.Result.Number("plugin"), ours.Hits["plugin_work"]);
    }

    /// <summary>From a 64-bit program to a 32-bit one by exec, and the other way round.</summary>
    [Fact]
    [Scenario(73)]
    public void ExecMayChangeTheMode()
    {
        string compat = CompatFixture.Path("calls");
        string native = Fixture.Path("calls");
        Probe[] probes = [new('p', "compat", compat, ElfSymbols.OffsetOf(compat, "f1")), new('p', "native", native, ElfSymbols.OffsetOf(native, "f1"))];
        TraceRun ours = Muprobe.Stat(probes, new Command("sh", "-c", $"{compat} 3; {native} 4; exec {compat} 5"));
        Assert.Equal((8, 4), (ours.Hits["compat"], ours.Hits["native"]));
    }

    [Theory]
    [Scenario(73)]
    [InlineData("100", "0", 100)]
    [InlineData("100", "7", 800)]
    public void AProcessIsCountedFromTheAttachOn(string each, string threads, int calls)
    {
        using var folder = new PrivateFolder();
        string program = CompatFixture.Path("waiting");
        using var target = new RunningCommand(new Command(program, each, threads));
        string pid = target.WaitForOutput("ready ").Split(' ')[1];
        using RunningCommand tracer = Attach(folder, program, pid);

        CommandResult result = target.WaitForEnd();

        Assert.Equal((0, calls), (result.ExitStatus, result.Number("calls")));
        Assert.Equal(0, tracer.WaitForEnd().ExitStatus);
        Assert.Equal(calls, UprobeProfile.Parse(File.ReadAllText(folder["report"]), _ => true)["f1"]);
    }

    [Fact]
    [Scenario(73)]
    public void AfterDetachTheTargetRunsOnUnprobed()
    {
        using var folder = new PrivateFolder();
        string program = CompatFixture.Path("waiting");
        using var target = new RunningCommand(new Command(program, "100", "3"));
        string pid = target.WaitForOutput("ready ").Split(' ')[1];
        string maps = Mappings(pid);
        using RunningCommand tracer = Attach(folder, program, pid);

        tracer.Signal("INT");

        Assert.Equal(0, tracer.WaitForEnd().ExitStatus);
        Assert.Contains("TracerPid:\t0\n", File.ReadAllText($"/proc/{pid}/status"), System.StringComparison.Ordinal);
        Assert.Equal(maps, Mappings(pid));
        CommandResult result = target.WaitForEnd();
        Assert.Equal((0, 400), (result.ExitStatus, result.Number("calls")));
    }

    private static string Mappings(string pid) => File.ReadAllText($"/proc/{pid}/maps");

    private static RunningCommand Attach(PrivateFolder folder, string program, string pid)
    {
        var tracer = new RunningCommand(new Command(Muprobe.Path, "stat", "-o", folder["report"], "-e", $"p:g/f1 {program}:f1", "-p", pid));
        int target = int.Parse(pid, CultureInfo.InvariantCulture);
        ulong vaddr = ProcessText.Vaddr(target, program, ElfSymbols.OffsetOf(program, "f1"));
        while (ProcessText.ReadByte(target, vaddr) != 0xcc)
        {
            tracer.ThrowIfEnded();
        }

        return tracer;
    }

    private static TraceRun StatLikeUntraced(IEnumerable<Probe> probes, Command command, params string[] options)
    {
        CommandResult untraced = CommandRunner.Run(command);
        TraceRun ours = Muprobe.Stat(probes, command, options);
        Compare.SameResult(untraced, ours.Result);
        return ours;
    }
}
