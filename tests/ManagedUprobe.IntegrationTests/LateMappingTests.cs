using System.Collections.Generic;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Tests.Shared;
using Xunit;

namespace ManagedUprobe.IntegrationTests;

/// <summary>Text that becomes executable while the program runs is armed before it first runs.</summary>
public sealed class LateMappingTests
{
    /// <summary>How <c>late_mmap</c> maps, and whether the kernel arms that too (it does not at mprotect of a
    /// mapping that was writable).</summary>
    public static TheoryData<string, bool> Kinds => new()
    {
        { "exec", true },
        { "protect", true },
        { "write", false },
        { "fixed", true },
        { "remap", true },
        { "again", true },
        { "thread", true },
        { "leaderless", true },
    };

    [Fact]
    [Scenario(66, 67, 68)]
    public void ConstructorsAndDestructorsOfPluginsAreCounted()
    {
        using var folder = new PrivateFolder();
        string host = folder.Fixture("plugin_host", "libplugin.so");
        Probe[] probes =
        [
            Probe.Entry(folder["libplugin.so"], "plugin_work"),
            Probe.Return(folder["libplugin.so"], "plugin_work"),
            Probe.Entry(host, "host_work"),
        ];
        foreach (int run in Repeat.Runs(always: 5, inLongRuns: 50))
        {
            TraceRun ours = Muprobe.Stat(probes, new Command(host, "3"));
            AssertPlugin(run, ours);
        }
    }

    [Fact]
    public void TheKernelCountsThePluginAlike()
    {
        using var folder = new PrivateFolder();
        using var oracle = TraceFsOracle.Open();
        string host = folder.Fixture("plugin_host", "libplugin.so");
        Probe[] probes =
        [
            Probe.Entry(folder["libplugin.so"], "plugin_work"),
            Probe.Return(folder["libplugin.so"], "plugin_work"),
            Probe.Entry(host, "host_work"),
        ];
        AssertPlugin(1, oracle.Count(probes, new Command(host, "3")));
    }

    [Fact]
    public void APluginIsNamedByItsPathBeforeAnyProcessHasIt()
    {
        using var folder = new PrivateFolder();
        string host = folder.Fixture("plugin_host", "libplugin.so");
        TraceRun ours = Muprobe.StatDefinitions([$"p:mutest/w {folder["libplugin.so"]}:plugin_work"], new Command(host, "1"));
        Assert.Equal(ours.Result.Number("plugin"), ours.Hits["w"]);
    }

    [Theory]
    [Scenario(58, 67)]
    [MemberData(nameof(Kinds))]
    public void TextMappedByTheProgramIsCounted(string kind, bool inKernel)
    {
        using var folder = new PrivateFolder();
        string program = folder.Fixture("late_mmap", "libtext.so");
        var command = new Command(program, kind, "7");
        Probe[] probes = [Probe.Entry(folder["libtext.so"], "text_work"), Probe.Return(folder["libtext.so"], "text_work")];
        CommandResult untraced = CommandRunner.Run(command);
        if (TraceFsOracle.WhyNot is null)
        {
            using var oracle = TraceFsOracle.Open();
            TraceRun kernel = oracle.Count(probes, command);
            Compare.SameResult(untraced, kernel.Result);
            Assert.Equal(inKernel ? untraced.Number("calls") : 0, kernel.Hits["text_work"]);
        }

        TraceRun ours = Muprobe.Stat(probes, command);

        Compare.SameResult(untraced, ours.Result);
        Assert.Equal(untraced.Number("calls"), ours.Hits["text_work"]);
        Assert.Equal(untraced.Number("calls"), ours.Hits["text_work_return"]);
    }

    [Fact]
    [Scenario(66)]
    public void TwoMappingsOfOneFileAreBothCounted()
    {
        using var folder = new PrivateFolder();
        string program = folder.Fixture("two_sites", "libtext.so");
        TraceRun ours = Muprobe.Stat([Probe.Entry(folder["libtext.so"], "text_work")], new Command(program, "9"));
        Assert.Equal(36, ours.Hits["text_work"]);
    }

    private static void AssertPlugin(int run, TraceRun traced)
    {
        Assert.Equal(0, traced.Result.ExitStatus);
        long plugin = traced.Result.Number("plugin");
        IReadOnlyDictionary<string, long> hits = traced.Hits;
        Assert.Equal(
            (run, plugin, plugin, traced.Result.Number("host")),
            (run, hits["plugin_work"], hits["plugin_work_return"], hits["host_work"]));
    }
}
