using System;
using System.IO;
using System.Linq;
using ManagedUprobe.IntegrationTests.Support;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Survival;

/// <summary>A program that people run, once alone and once with its allocations, copies and writes probed at entry and return.</summary>
internal static class RealProgram
{
    private static readonly string[] s_definitions =
        [.. new[] { "malloc", "free", "memcpy", "write" }.SelectMany(name => new[] { $"p libc.so.6:{name}", $"r libc.so.6:{name}" })];

    /// <summary>Asserts that output and exit status are the same.</summary>
    /// <param name="name">For people; a shell that has the script for itself.</param>
    /// <param name="program">What must be installed: a name, or a path.</param>
    /// <param name="script">What a shell runs, in an empty folder; ROOT is the repository.</param>
    public static CommandResult Compare(string name, string program, string script)
    {
        Assert.SkipUnless(IsInstalled(program), $"{program} is not installed");
        CommandResult expected = Run(name, script, command => CommandRunner.Run(command));
        Assert.NotEmpty(expected.Output);
        CommandResult found = Run(name, script, command => Muprobe.StatDefinitions(s_definitions, command, "--mode", "trap").Result);
        Assert.Equal((expected.ExitStatus, expected.Output), (found.ExitStatus, found.Output));
        return expected;
    }

    private static CommandResult Run(string name, string script, Func<Command, CommandResult> run)
    {
        using var folder = new PrivateFolder();
        string text = $"ROOT={RepoRoot.Path}\n{script}";
        return run(new Command(name is "bash" or "dash" ? name : "sh", "-c", text) { Directory = folder.Path, Timeout = TimeSpan.FromMinutes(10) });
    }

    private static bool IsInstalled(string program) =>
        Path.IsPathRooted(program)
            ? File.Exists(program)
            : Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));
}
