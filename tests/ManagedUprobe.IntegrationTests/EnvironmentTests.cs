using System.Collections.Generic;
using System.Linq;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Tests.Shared;
using Xunit;

namespace ManagedUprobe.IntegrationTests;

/// <summary>A launched program finds everything as it was when <c>muprobe</c> was started.</summary>
public sealed class EnvironmentTests
{
    private const string Listing =
        "grep -E 'Sig|Cpus|Seccomp|NoNewPrivs' /proc/self/status; ulimit -a; ls -l /proc/self/fd; env";

    // A shell that prepares what is inherited, then runs the program, with muprobe before it or not.
    private static readonly Dictionary<string, string> s_preparations = new()
    {
        ["nothing"] = "exec \"$@\"",
        ["SIGPIPE ignored"] = "trap '' PIPE; exec \"$@\"",
        ["many ignored"] = "trap '' HUP INT QUIT TERM USR1 CHLD WINCH TRAP; exec \"$@\"",
        ["few descriptors"] = "ulimit -n 64; exec \"$@\"",
        ["soft limit below the hard one"] = "ulimit -S -n 256; ulimit -S -s 4096; ulimit -c 0; exec \"$@\"",
        ["one CPU"] = "exec taskset -c 0 \"$@\"",
        ["more descriptors"] = "exec 5</dev/null 7>/dev/null 9<>/dev/null; exec \"$@\"",
        ["no standard input"] = "exec \"$@\" <&-",
        ["nice"] = "exec nice -n 3 \"$@\"",
        ["umask"] = "umask 077; exec \"$@\"",
        ["variables"] = "export DOTNET_gcServer=0 DOTNET_X=y EMPTY= A='b c'; unset HOME; exec \"$@\"",
        ["odd environment"] = "exec env -i 'a b=c' PATH=\"$PATH\" \"$@\"",
        ["own session"] = "exec setsid -w \"$@\"",
        ["no new privileges"] = "exec setpriv --no-new-privs \"$@\"",
    };

    public static TheoryData<string> Preparations => [.. s_preparations.Keys];

    [Theory]
    [MemberData(nameof(Preparations))]
    public void TheListingIsThatOfAnUntracedRun(string preparation)
    {
        AssertSame(preparation, new Command("/bin/sh", "-c", Listing));
    }

    [Theory]
    [MemberData(nameof(Preparations))]
    [Scenario(83)]
    public void AProgramThatLooksFindsNoDifference(string preparation)
    {
        AssertSame(preparation, new Command(Fixture.Path("envdump"), "a b", "", "-e", "--", "ü"));
    }

    [Fact]
    public void BlockedSignalsStayBlocked()
    {
        // A mask passes through exec; python is the common program that can set one.
        string python = CommandRunner.Run("sh", "-c", "command -v /usr/bin/python3").Output.Trim();
        Assert.SkipUnless(python.Length > 0, "There is no python3 to block signals with.");
        const string Script =
            "import os,signal,sys; signal.pthread_sigmask(signal.SIG_BLOCK, range(1,65)); os.execvp(sys.argv[1], sys.argv[1:])";
        var target = new Command(Fixture.Path("envdump"));
        CommandResult untraced = CommandRunner.Run(target.Under(python, "-c", Script));
        Assert.Contains("signal 15 default blocked", untraced.Output, System.StringComparison.Ordinal);
        using var folder = new PrivateFolder();

        CommandResult traced = CommandRunner.Run(Traced(folder, target).Under(python, "-c", Script));

        Assert.Equal(Normal(untraced), Normal(traced));
    }

    [Fact]
    public void InputAndDirectoryPassThrough()
    {
        using var folder = new PrivateFolder();
        byte[] input = [.. Enumerable.Range(0, 100_000).Select(i => (byte)(i % 251))];
        var command = new Command("sh", "-c", "pwd; cat; echo problem >&2") { Directory = folder.Path, Input = input };
        Compare.SameResult(CommandRunner.Run(command), CommandRunner.Run(Traced(folder, command)));
    }

    [Fact]
    public void AReaderThatLeavesEndsTheWriterBySigpipe()
    {
        using var folder = new PrivateFolder();
        Command traced = Traced(folder, new Command("yes"));
        CommandResult result = CommandRunner.Run("env", ["--default-signal", "bash", "-c", "\"$@\" | head -n 3; echo ${PIPESTATUS[0]}", "bash", traced.Program, .. traced.Arguments]);
        Assert.Equal(("y\ny\ny\n141\n", ""), (result.Output, result.Errors));
    }

    [Fact]
    public void TheProcessGroupIsThatOfTheTracer()
    {
        using var folder = new PrivateFolder();
        Command traced = Traced(folder, new Command("sh", "-c", "cut -d' ' -f5,6,7 /proc/self/stat"));
        CommandResult result = CommandRunner.Run("sh", ["-c", "cut -d' ' -f5,6,7 /proc/self/stat; \"$@\"", "sh", traced.Program, .. traced.Arguments]);
        string[] lines = result.Output.Split('\n');
        Assert.Equal((3, lines[0]), (lines.Length, lines[1]));
    }

    private static void AssertSame(string preparation, Command target)
    {
        using var folder = new PrivateFolder();
        string untraced = Normal(CommandRunner.Run(Prepared(target, preparation)));
        Assert.Equal(untraced, Normal(CommandRunner.Run(Prepared(Traced(folder, target), preparation))));
    }

    /// <summary>
    /// .NET ignores SIGPIPE, and has files open for a moment without O_CLOEXEC, which its children inherit; here every signal starts as a shell has it, and
    /// every descriptor behind the standard streams is closed.
    /// </summary>
    private static Command Prepared(Command command, string preparation)
    {
        const string CloseOthers = "for fd in /proc/$$/fd/*; do fd=${fd##*/}; (( fd > 2 )) && eval \"exec $fd>&-\"; done; exec \"$@\"";
        return command.Under("env", "--default-signal", "/bin/bash", "-c", CloseOthers, "bash", "/bin/sh", "-c", s_preparations[preparation], "sh");
    }

    /// <summary>With a probe that the target may well hit; events go to a file that is no descriptor of the target.</summary>
    private static Command Traced(PrivateFolder folder, Command target)
    {
        return Muprobe.Before(target, "stat", folder["report"], ["-e", $"p {Fixture.Path("envdump")}:main"]);
    }

    private static string Normal(CommandResult result)
    {
        // PPid-dependent lines are none; _ is set by the shell that starts whatever comes first.
        string output = string.Join('\n', result.Output.Split('\n').Where(line => !line.StartsWith("_=", System.StringComparison.Ordinal)
            && !line.StartsWith("environment _=", System.StringComparison.Ordinal)));
        return OutputNormalizer.MaskProcesses($"{result.ExitStatus}\n{output}\n{result.Errors}");
    }
}
