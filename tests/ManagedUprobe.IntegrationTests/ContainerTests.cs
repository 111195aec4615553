using ManagedUprobe.IntegrationTests.Support;
using Xunit;

namespace ManagedUprobe.IntegrationTests;

/// <summary>The published file, copied alone into a container, traces processes of its user there.</summary>
public sealed class ContainerTests
{
    [Fact]
    public void AStartedProcessIsTraced()
    {
        using Container container = WithTools();
        CommandResult result = container.Run("muprobe stat -o /tmp/report -e 'p:g/f1 /bin/calls:f1' -- calls 5; echo status $?; cat /tmp/report");
        Assert.Equal((0, ""), (result.ExitStatus, result.Errors));
        Assert.StartsWith("calls 5\nsum 35\nstatus 0\n", result.Output, System.StringComparison.Ordinal);
        Assert.Equal(5, UprobeProfile.Parse(result.Output, _ => true)["f1"]);
    }

    [Fact]
    public void ARunningProcessIsTraced()
    {
        using Container container = WithTools();
        CommandResult result = container.Run(
            "calls 2000000000 & muprobe trace -n 3 -e 'p:g/f1 /bin/calls:f1' -p $!; echo status $?; kill $!; wait $! 2>/dev/null; echo target $?");
        Assert.Equal((0, ""), (result.ExitStatus, result.Errors));
        Assert.Equal(3, TraceLine.ParseAll(result.Output).Count);
        Assert.EndsWith("status 0\ntarget 143\n", result.Output, System.StringComparison.Ordinal);
    }

    [Fact]
    public void TheContainerItselfIsSound()
    {
        using var container = Container.Open();
        AddTools(container);
        CommandResult result = container.Run("calls 5; cat /proc/self/status >/dev/null; ls /sys 2>/dev/null; echo done");
        Assert.Equal("calls 5\nsum 35\ndone\n", result.Output);
    }

    private static Container WithTools()
    {
        var container = Container.Open();
        AddTools(container);
        container.Add(Muprobe.Path);
        return container;
    }

    private static void AddTools(Container container)
    {
        container.Add("/bin/sh");
        container.Add("/bin/cat");
        container.Add(Fixture.Path("calls"));
    }
}
