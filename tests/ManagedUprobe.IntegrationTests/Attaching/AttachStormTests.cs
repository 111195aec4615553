using System.IO;
using System.Linq;
using System.Threading;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Session;
using ManagedUprobe.Tests.Shared;
using ManagedUprobe.Uprobes;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Attaching;

/// <summary>A tracer comes and goes while eight threads hit its probes by calls, nested calls and signal handlers.</summary>
public sealed class AttachStormTests
{
    // What the target's own threads may add while the test runs: arenas of malloc, stacks.
    private const int OtherAreas = 2;

    [Fact]
    [Scenario(16, 33, 42)]
    public void TheTargetEndsWithTheRightResult()
    {
        string program = Fixture.Path("attach_storm");
        using var target = new Grandchild(program, "8");
        var symbols = new ElfSymbols(program);
        int areas = CountOfAreas(target.Id);

        for (int cycle = 0; cycle < Repeat.Choose(100, 1000); cycle++)
        {
            AttachOnce(target, program, symbols);
        }

        Assert.Equal(9, Directory.GetDirectories($"/proc/{target.Id}/task").Length);
        Assert.InRange(CountOfAreas(target.Id), areas, areas + 1 + OtherAreas);
        CommandResult result = target.WaitForEnd();
        Assert.Equal((0, 8, 0), (result.ExitStatus, result.Number("threads"), result.Number("wrong")));
        Assert.Equal(result.Number("raised"), result.Number("handled"));
    }

    private static void AttachOnce(Grandchild target, string program, ElfSymbols symbols)
    {
        CountingConsumer[] consumers = [new(), new(), new(returns: true)];
        string[] functions = ["mix", "in_handler", "nested"];
        using var session = UprobeSession.Attach(target.Id, new SessionOptions { CountOnly = true });
        session.Register([.. functions.Zip(consumers, (name, consumer) => (new Uprobe(program, symbols.OffsetOf(name)), (UprobeConsumer)consumer))]);
        while (consumers.Any(consumer => consumer.Hits < 3))
        {
            target.ThrowIfEnded();
            Thread.Sleep(1);
        }
    }

    private static int CountOfAreas(int pid) => File.ReadLines($"/proc/{pid}/maps").Count();
}
