using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;

namespace ManagedUprobe.IntegrationTests.Support;

/// <summary>The command under test: <c>artifacts/muprobe</c>, or what MUPROBE names.</summary>
internal static class Muprobe
{
    /// <summary>The event group of definitions that are made here; it shows in no output that is compared.</summary>
    private const string Group = "mutest";

    public static string Path => Locate();

    public static CommandResult Run(params string[] arguments)
    {
        return CommandRunner.Run(Path, arguments);
    }

    /// <summary>Counts the probes' hits over a command: <c>muprobe stat … -- COMMAND</c>.</summary>
    public static TraceRun Stat(IEnumerable<Probe> probes, Command target, params string[] options)
    {
        return RunTarget("stat", Definitions(probes), target, options);
    }

    /// <summary>Records the probes' events: <c>muprobe trace … -- COMMAND</c>.</summary>
    public static TraceRun Trace(IEnumerable<Probe> probes, Command target, params string[] options)
    {
        return RunTarget("trace", Definitions(probes), target, options);
    }

    /// <summary>The same for definitions as a user types them.</summary>
    public static TraceRun StatDefinitions(IEnumerable<string> definitions, Command target, params string[] options)
    {
        return RunTarget("stat", definitions, target, options);
    }

    /// <summary>The same for definitions as a user types them.</summary>
    public static TraceRun TraceDefinitions(IEnumerable<string> definitions, Command target, params string[] options)
    {
        return RunTarget("trace", definitions, target, options);
    }

    /// <summary>The command line that puts <c>muprobe</c> before a target, events and counts into a file.</summary>
    public static Command Before(Command target, string subcommand, string report, IEnumerable<string> arguments)
    {
        return target with
        {
            Program = Path,
            Arguments = [subcommand, .. arguments, "-o", report, "--", target.Program, .. target.Arguments],
        };
    }

    public static IEnumerable<string> DefinitionArguments(IEnumerable<Probe> probes)
    {
        return Definitions(probes).SelectMany(definition => new[] { "-e", definition });
    }

    private static TraceRun RunTarget(string subcommand, IEnumerable<string> definitions, Command target, string[] options)
    {
        using var folder = new PrivateFolder();
        string report = folder["report"];
        IEnumerable<string> arguments = [.. options, .. definitions.SelectMany(definition => new[] { "-e", definition })];
        CommandResult result = CommandRunner.Run(Before(target, subcommand, report, arguments));
        // Event text may hold any byte.
        string text = File.Exists(report) ? File.ReadAllText(report, Encoding.Latin1) : "";
        return new TraceRun(result, UprobeProfile.Parse(text, _ => true), TraceLine.ParseAll(text));
    }

    private static IEnumerable<string> Definitions(IEnumerable<Probe> probes)
    {
        return probes.Select(probe => probe.Definition(Group));
    }

    private static string Locate()
    {
        string path = Environment.GetEnvironmentVariable("MUPROBE") ?? RepoRoot.Combine("artifacts", "muprobe");
        return File.Exists(path) ? path : throw new FileNotFoundException($"{path} is not there; scripts/publish makes it.");
    }
}
