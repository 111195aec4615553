using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Tests.Shared;
using Xunit;

namespace ManagedUprobe.IntegrationTests;

/// <summary>Counts over programs that nobody here wrote, against the kernel's <c>uprobe_profile</c>.</summary>
public sealed class StatMatchesKernelTests : IDisposable
{
    private readonly PrivateFolder _folder = new();

    public static TheoryData<string> LibcPrograms => ["ls", "python", "git", "sort"];

    [Fact]
    public void BashCommands()
    {
        string bash = _folder.Copy("/bin/bash");
        var command = new Command(bash, "-c", "for i in 1 2 3; do :; done; (true); echo x | cat");
        AssertSame([Probe.Entry(bash, "execute_command"), Probe.Return(bash, "execute_command")], command);
    }

    [Fact]
    public void BashByNameAndSymbol()
    {
        string bash = _folder.Copy("/bin/bash");
        Command command = InPath(new Command("bash", "-c", "for i in 1 2 3; do :; done; (true); echo x | cat"));
        using var oracle = TraceFsOracle.Open();
        TraceRun kernel = oracle.Count([Probe.Entry(bash, "execute_command")], command with { Program = bash });

        TraceRun ours = Muprobe.StatDefinitions(["p bash:execute_command"], command);

        (string name, long hits) = Assert.Single(ours.Hits);
        Assert.Equal(("execute_command", kernel.Hits["execute_command"]), (name, hits));
        Compare.SameResult(kernel.Result, ours.Result);
    }

    [Theory]
    [Scenario(18)]
    [MemberData(nameof(LibcPrograms))]
    public void LibcOf(string program)
    {
        string libc = PrivateLibc();
        Command command = LibcProgram(program).Under("env", $"LD_LIBRARY_PATH={_folder.Path}");
        CommandRunner.Run(command);
        AssertSame([Probe.Entry(libc, "malloc"), Probe.Entry(libc, "free"), Probe.Return(libc, "malloc"), SyscallOf(libc, "mmap")], command);
    }

    // One of the instructions that a tracer has an int3 of its own on.
    private static Probe SyscallOf(string libc, string function)
    {
        const int Longest = 128;
        ulong start = ElfSymbols.OffsetOf(libc, function);
        int at = File.ReadAllBytes(libc).AsSpan((int)start, Longest).IndexOf((ReadOnlySpan<byte>)[0x0f, 0x05]);
        Assert.True(at > 0, $"no system call in {function}");
        return new Probe('p', function + "_call", libc, start + (ulong)at);
    }

    [Fact]
    [Scenario(3, 31)]
    public void ThreadsOfAJvm()
    {
        string home = PrivateJava();
        string libjvm = Path.Combine(home, "lib/server/libjvm.so");
        CommandRunner.Output("javac", "-d", _folder.Path, RepoRoot.Combine("fixtures", "Yielding.java"));
        var command = new Command(Path.Combine(home, "bin/java"), "-XX:+UseSerialGC", "-cp", _folder.Path, "Yielding", "16", "200");
        TraceRun ours = AssertSame([Probe.Entry(libjvm, "JVM_Yield")], command);
        Assert.Equal(ours.Result.Number("calls"), ours.Hits["JVM_Yield"]);
    }

    public void Dispose()
    {
        _folder.Dispose();
    }

    private static TraceRun AssertSame(IReadOnlyCollection<Probe> probes, Command command)
    {
        using var oracle = TraceFsOracle.Open();
        CommandResult untraced = CommandRunner.Run(command);
        TraceRun kernel = oracle.Count(probes, command);
        Assert.All(kernel.Hits.Values, hits => Assert.True(hits > 0));

        TraceRun ours = Muprobe.Stat(probes, command);

        Compare.SameResult(untraced, ours.Result);
        Assert.Equal(kernel.Hits.OrderBy(hit => hit.Key), ours.Hits.OrderBy(hit => hit.Key));
        return ours;
    }

    private Command InPath(Command command)
    {
        string path = _folder.Path + ":" + Environment.GetEnvironmentVariable("PATH");
        return command with { Environment = new Dictionary<string, string?> { ["PATH"] = path } };
    }

    /// <summary>Found by the programs through LD_LIBRARY_PATH, so that only they map it.</summary>
    private string PrivateLibc()
    {
        string libc = CommandRunner.Output("ldd", "/bin/ls").Split('\n').First(line => line.Contains("libc.so.6", StringComparison.Ordinal));
        return _folder.Copy(libc.Split(' ', StringSplitOptions.RemoveEmptyEntries)[2]);
    }

    private Command LibcProgram(string name)
    {
        return name switch
        {
            "ls" => new Command("ls", "-lR", "/usr/share/doc"),
            "python" => new Command("env", "PYTHONHASHSEED=0", "/usr/bin/python3", "-B", "-c", "import json, threading"),
            "git" => new Command("git", "-C", Repository(), "--no-pager", "log", "--stat"),
            _ => new Command("sort", "-S", "20M", "--parallel=1", LargeFile()),
        };
    }

    private string Repository()
    {
        string folder = Directory.CreateDirectory(_folder["repository"]).FullName;
        CommandRunner.Output("git", "-C", folder, "init", "-q");
        for (int i = 0; i < 5; i++)
        {
            File.WriteAllText(Path.Combine(folder, "file"), $"line {i}\n");
            CommandRunner.Output("git", "-C", folder, "add", "file");
            CommandRunner.Output(
                "git", "-C", folder, "-c", "user.name=tests", "-c", "user.email=tests@localhost", "-c", "commit.gpgsign=false", "commit", "-q", "-m", $"change {i}");
        }

        return folder;
    }

    private string LargeFile()
    {
        string file = _folder["lines"];
        File.WriteAllLines(file, Enumerable.Range(0, 200_000).Select(i => $"{(ulong)i * 2654435761 % 1000003} line {i}"));
        return file;
    }

    /// <summary>A Java home whose launcher and virtual machine are copies; all else are links.</summary>
    private string PrivateJava()
    {
        string java = CommandRunner.Run("sh", "-c", "command -v javac >/dev/null && readlink -f \"$(command -v java)\"").Output.Trim();
        Assert.SkipUnless(java.Length > 0, "There is no JDK here.");
        string original = Path.GetFullPath(Path.Combine(java, "../.."));
        string home = _folder["java"];
        CommandRunner.Output("cp", "-rs", original, home);
        foreach (string file in new[] { "bin/java", "lib/libjli.so", "lib/server/libjvm.so" })
        {
            CommandRunner.Output("cp", "-L", "--remove-destination", Path.Combine(original, file), Path.Combine(home, file));
        }

        return home;
    }
}
