using System;
using System.Collections.Generic;
using System.Globalization;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.IntegrationTests.Survival;
using ManagedUprobe.Tests.Shared;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Attaching;

/// <summary>The ways to a target's memory are refused one after the other, as container runtimes and hardened kernels do; what is traced stays the same.</summary>
public sealed class RefusedMemoryTests
{
    private const string ReadOnlyProc = "mount --make-rprivate / && mount -o remount,ro,bind /proc && exec \"$@\"";

    private static readonly Dictionary<string, (bool IsProcReadOnly, string Errno, string Calls)> s_refusals = new()
    {
        ["process_vm"] = (false, "1", "310,311"),
        ["process_vm and kcmp are unknown"] = (false, "38", "310,311,312"),
        ["writing"] = (false, "1", "18"),
        ["writing and process_vm"] = (false, "1", "18,310,311,312"),
        ["/proc is read-only"] = (true, "1", ""),
        ["/proc is read-only, process_vm"] = (true, "1", "310,311,312"),
    };

    public static TheoryData<string> Refusals => [.. s_refusals.Keys];

    [Theory]
    [Scenario(75)]
    [MemberData(nameof(Refusals))]
    public void ThreadsAreTraced(string refusal)
    {
        string program = Fixture.Path("threads");
        CommandResult result = Run(refusal, "stat", "--return", "hijack", "-e", $"p:g/hit {program}:work", "-e", $"r:g/left {program}:work", "--", program, "4", "200");
        Assert.Equal((0, ""), (result.ExitStatus, result.Errors));
        IReadOnlyDictionary<string, long> hits = UprobeProfile.Parse(result.Output, _ => true);
        Assert.Equal((800, 800), (hits["hit"], hits["left"]));
    }

    [Theory]
    [Scenario(75)]
    [MemberData(nameof(Refusals))]
    public void ChildrenAreTraced(string refusal)
    {
        string program = Fixture.Path("forktree");
        CommandResult result = Run(refusal, "stat", "-e", $"p:g/hit {program}:node_work", "--", program, "5");
        Assert.Equal((0, ""), (result.ExitStatus, result.Errors));
        Assert.Equal(result.Number("calls"), UprobeProfile.Parse(result.Output, _ => true)["hit"]);
    }

    [Theory]
    [Scenario(75)]
    [MemberData(nameof(Refusals))]
    public void ARunningProgramIsTracedAndLeftAsItWas(string refusal)
    {
        using var folder = new PrivateFolder();
        string program = folder.Fixture("calls");
        using var target = new RunningCommand(new Command("sh", "-c", "\"$0\" 2000000000 & echo pid $!; wait $!; echo status $?", program));
        string pid = target.WaitForOutput("pid ").Split(' ')[1];
        for (int round = 0; round < 3; round++)
        {
            CommandResult result = Run(refusal, "trace", "-n", "4", "--return", "hijack", "-e", $"p:g/hit {program}:f1", "-e", $"r:g/left {program}:f1", "-p", pid);
            Assert.Equal((0, ""), (result.ExitStatus, result.Errors));
            Assert.Equal(4, TraceLine.ParseAll(result.Output).Count);
            Assert.Null(MappedText.FindDifference(int.Parse(pid, CultureInfo.InvariantCulture)));
        }

        Assert.Contains("TracerPid:\t0\n", CommandRunner.Output("cat", $"/proc/{pid}/status"), StringComparison.Ordinal);
        CommandRunner.Output("kill", pid);
        Assert.EndsWith("status 143\n", target.WaitForEnd().Output, StringComparison.Ordinal);
    }

    [Fact]
    [Scenario(56)]
    public void TheDoctorNamesAReadOnlyProc()
    {
        using var target = new RunningCommand(new Command("sleep", "60"));
        CommandResult result = Run("/proc is read-only", "doctor", "-p", $"{target.Id}");
        Assert.Equal(0, result.ExitStatus);
        Assert.Contains("/proc is mounted read-only", result.Output, StringComparison.Ordinal);
        Assert.Contains("remedy: mount /proc read-write", result.Output, StringComparison.Ordinal);
    }

    private static CommandResult Run(string refusal, params string[] arguments)
    {
        (bool isProcReadOnly, string errno, string calls) = s_refusals[refusal];
        Assert.SkipUnless(!isProcReadOnly || Environment.IsPrivilegedProcess, "/proc is mounted anew as root.");
        var command = new Command(Muprobe.Path, arguments) { Timeout = TimeSpan.FromSeconds(60) };
        command = calls.Length > 0 ? command.Under(Fixture.Path("refuse"), errno, calls) : command;
        return CommandRunner.Run(isProcReadOnly ? command.Under("unshare", "--mount", "sh", "-c", ReadOnlyProc, "sh") : command);
    }
}
