using System.IO;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Tests.Shared;
using Xunit;

namespace ManagedUprobe.IntegrationTests;

/// <summary>Programs of another C library: other system calls, another dynamic linker.</summary>
public sealed class MuslTests
{
    [Theory]
    [Scenario(72)]
    [InlineData("calls_musl", "f1", "7")]
    [InlineData("calls_musl_static", "f1", "7")]
    [InlineData("threads_musl", "work", "4", "200")]
    [InlineData("forktree_musl", "node_work", "5")]
    public void ProgramsAreCountedAsWithGlibc(string fixture, string function, params string[] arguments)
    {
        string program = Path(fixture);
        CommandResult untraced = CommandRunner.Run(program, arguments);
        TraceRun ours = Muprobe.Stat([Probe.Entry(program, function), Probe.Return(program, function)], new Command(program, arguments));
        Compare.SameResult(untraced, ours.Result);
        Assert.Equal((untraced.Number("calls"), untraced.Number("calls")), (ours.Hits[function], ours.Hits[function + "_return"]));
    }

    [Fact]
    [Scenario(72)]
    public void TheLibraryItselfIsFoundAndProbed()
    {
        string program = Path("calls_musl");
        TraceRun ours = Muprobe.StatDefinitions(["p:mutest/end /lib/ld-musl-x86_64.so.1:exit"], new Command(program, "3"));
        Assert.Equal((0, 1), (ours.Result.ExitStatus, ours.Hits["end"]));
    }

    private static string Path(string fixture)
    {
        string path = System.IO.Path.Combine(RepoRoot.Combine("fixtures", "build"), fixture);
        Assert.SkipUnless(File.Exists(path), "There is no musl-gcc.");
        return path;
    }
}
