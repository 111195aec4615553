using System;
using System.IO;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Tests.Shared;
using Xunit;

namespace ManagedUprobe.IntegrationTests;

/// <summary>Targets that trace others themselves.</summary>
public sealed class TracingTargetTests
{
    private static readonly string s_calls = Fixture.Path("calls");

    [Fact]
    [Scenario(55, 82)]
    public void ADebuggerIsToldThatItsChildIsTraced()
    {
        CommandResult result = Stat(["strace", "-o", "/dev/null", s_calls, "5"]);
        Assert.Equal(1, result.ExitStatus);
        Assert.Contains("PTRACE_TRACEME, ...): Operation not permitted", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    [Scenario(55, 82)]
    public void ADebuggerThatIsTracedAloneTracesItsChild()
    {
        using var folder = new PrivateFolder();
        CommandResult result = Stat(["strace", "-o", folder["log"], s_calls, "5"], "--no-follow");
        Assert.Equal((0, "calls 5\nsum 35\n"), (result.ExitStatus, result.Output));
        Assert.Contains("write(1, \"calls 5\\nsum 35\\n\"", File.ReadAllText(folder["log"]), StringComparison.Ordinal);
    }

    private static CommandResult Stat(string[] command, params string[] options)
    {
        Assert.SkipUnless(CommandRunner.Run("sh", "-c", "command -v strace").ExitStatus == 0, "There is no strace.");
        return Muprobe.Run(["stat", "-o", "/dev/null", .. options, "-e", $"p:g/f1 {s_calls}:f1", "--", .. command]);
    }
}
