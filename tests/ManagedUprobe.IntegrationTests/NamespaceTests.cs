using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Tests.Shared;
using Xunit;

namespace ManagedUprobe.IntegrationTests;

/// <summary>Targets that see other processes, other files or another time than we do.</summary>
public sealed class NamespaceTests
{
    private static readonly string s_calls = Fixture.Path("calls");

    [Fact]
    [Scenario(57)]
    public void AProcessOfAnotherPidNamespaceIsShownWithOurNumbers()
    {
        RequireRoot();
        using var folder = new PrivateFolder();
        var command = new Command("unshare", "--pid", "--fork", "sh", "-c", $"echo inside $$; exec {s_calls} 5");
        CommandResult result = CommandRunner.Run(Muprobe.Before(command, "trace", folder["events"], ["-e", $"p:g/f1 {s_calls}:f1"]));
        TraceLine[] lines = [.. TraceLine.ParseAll(File.ReadAllText(folder["events"]))];
        Assert.Equal((0, 1, 5), (result.ExitStatus, result.Number("inside"), lines.Length));
        Assert.All(lines, line => Assert.True(line.Tid > 1, $"{line.Tid}"));
    }

    [Fact]
    [Scenario(57)]
    public void ATracerThatSeesOnlyItsOwnPidNamespaceUsesItsNumbers()
    {
        RequireRoot();
        using var folder = new PrivateFolder();
        string script = $"{s_calls} 2000000000 >/dev/null & {Muprobe.Path} trace -n 3 -e 'p:g/f1 {s_calls}:f1' -p $! >{folder["events"]}; echo status $?; echo pid $!; kill $!";
        CommandResult result = CommandRunner.Run("unshare", "--pid", "--fork", "--mount-proc", "sh", "-c", script);
        Assert.Equal((0, ""), (result.Number("status"), result.Errors));
        Assert.Equal(
            Enumerable.Repeat(result.Number("pid"), 3), TraceLine.ParseAll(File.ReadAllText(folder["events"])).Select(line => (long)line.Tid));
    }

    [Fact]
    [Scenario(64)]
    public void AFileOfAnOverlayIsTheOneThatIsMapped()
    {
        RequireRoot();
        using var folder = new PrivateFolder();
        CommandResult result = CommandRunner.Run("unshare", "--mount", "sh", "-c", $"""
            set -e; mount -t tmpfs none {folder.Path}; cd {folder.Path}; mkdir lower upper work merged; mount -t tmpfs none lower; cp {s_calls} lower; mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work merged
            {Muprobe.Path} stat -o report -e "p:g/started $PWD/merged/calls:f1" -- merged/calls 5; cat report
            cp {Fixture.Path("waiting")} merged; mkfifo go; merged/waiting 7 <go & target=$!; exec 3>go; : >log
            {Muprobe.Path} stat -v -o report -e "p:g/attached $PWD/merged/waiting:f1" -p $target 2>log 3>&- & until grep -q ': attached' log; do :; done
            exec 3>&-; wait; cat report
            """);
        Assert.Equal((0, ""), (result.ExitStatus, result.Errors));
        Assert.Equal((5, 7), (UprobeProfile.Parse(result.Output, _ => true)["started"], UprobeProfile.Parse(result.Output, _ => true)["attached"]));
    }

    [Fact]
    [Scenario(76)]
    public void TimesAreOfOurMonotonicClock()
    {
        RequireRoot();
        using var folder = new PrivateFolder();
        var command = new Command("unshare", "--time", "--monotonic", "500000", s_calls, "5");
        double before = Seconds();
        CommandRunner.Run(Muprobe.Before(command, "trace", folder["events"], ["-e", $"p:g/f1 {s_calls}:f1"]));
        double after = Seconds();
        double[] times = [.. TraceLine.ParseAll(File.ReadAllText(folder["events"])).Select(line => double.Parse(line.Time, CultureInfo.InvariantCulture))];
        Assert.Equal(5, times.Length);
        Assert.Equal(times.Order(), times);
        Assert.InRange(times[0], before, times[^1]);
        Assert.InRange(times[^1], times[0], after);
    }

    private static void RequireRoot() => Assert.SkipUnless(Environment.IsPrivilegedProcess, "Namespaces are made by root.");

    private static double Seconds() => Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;
}
