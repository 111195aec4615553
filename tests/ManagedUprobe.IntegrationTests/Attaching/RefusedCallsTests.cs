using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Tests.Shared;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Attaching;

/// <summary>Filters of containers refuse one system call or another: what the tracer can do without is not missed, whatever the errno.</summary>
public sealed class RefusedCallsTests
{
    private const int EPERM = 1;
    private const int ENOSYS = 38;
    private const int Calls = 3;

    private static readonly Dictionary<string, int> s_calls = new(StringComparer.Ordinal)
    {
        ["kill"] = 62,
        ["tgkill"] = 234,
        ["fcntl"] = 72,
        ["flock"] = 73,
        ["sched_yield"] = 24,
        ["setpriority"] = 141,
        ["prctl"] = 157,
        ["get_mempolicy"] = 239,
        ["prlimit64"] = 302,
        ["process_vm_readv"] = 310,
        ["process_vm_writev"] = 311,
        ["kcmp"] = 312,
        ["sched_setattr"] = 314,
        ["sched_getattr"] = 315,
        ["memfd_create"] = 319,
        ["membarrier"] = 324,
    };

    public static TheoryData<string, int> Refusals => [.. s_calls.Keys.SelectMany(name => new[] { (name, EPERM), (name, ENOSYS) })];

    [Theory]
    [Scenario(56)]
    [MemberData(nameof(Refusals))]
    public void AProgramIsTracedWithoutThem(string name, int errno)
    {
        using var folder = new PrivateFolder();
        string program = Fixture.Path("calls");
        string script = $"{program} {Calls}; {program} {Calls}";
        string[] arguments = ["trace", "-e", $"p:f1 {program}:f1", "-e", $"r:back {program}:f1", "-o", folder["events"], "--", "sh", "-c", script];
        Command command = new Command(Muprobe.Path, arguments).Under(Fixture.Path("refuse"), Text(errno), Text(s_calls[name]));
        CommandResult result = CommandRunner.Run(command with { Timeout = TimeSpan.FromSeconds(30) });
        Assert.Equal((0, ""), (result.ExitStatus, result.Errors));
        Assert.Equal(2, result.Output.Split('\n').Count(line => line.StartsWith("sum ", StringComparison.Ordinal)));
        Assert.Equal(2 * 2 * Calls, File.ReadAllLines(folder["events"]).Length);
    }

    [Fact]
    [Scenario(56)]
    public void AMessageTellsWhatTheRuntimeCannotDoWithout()
    {
        const int SYS_getcwd = 79;
        CommandResult result = CommandRunner.Run(new Command(Muprobe.Path, "trace", "-e", "p bash:main", "--", "true").Under(Fixture.Path("refuse"), Text(EPERM), Text(SYS_getcwd)));
        Assert.Equal(1, result.ExitStatus);
        Assert.StartsWith("muprobe: cannot go on: ", result.Errors, StringComparison.Ordinal);
        Assert.Single(result.Errors.TrimEnd('\n').Split('\n'));
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
