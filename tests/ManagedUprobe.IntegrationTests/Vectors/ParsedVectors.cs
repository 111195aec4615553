using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Tests.Shared;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Vectors;

/// <summary>What <c>muprobe parse</c> reports for rows of vectors. Rows that need nothing before them share one run.</summary>
internal static class ParsedVectors
{
    private static readonly ConcurrentDictionary<(string Name, string File), Lazy<Dictionary<int, string>>> s_together = new();

    /// <summary>Whether lines of commands alone lead to the row: nothing is enabled, the file is one of definitions.</summary>
    public static bool CanShow(Dictionary<string, string> row) =>
        row["file"] is "uprobe_events" or "dynamic_events"
        && !row["setup"].Contains("@enable", StringComparison.Ordinal)
        && !row["command"].Contains('\0', StringComparison.Ordinal);

    /// <summary>The first line that reports an error for the row's command.</summary>
    public static string? FirstError(string name, int number) =>
        Report(name, number).FirstOrDefault(line => line.StartsWith("error\t", StringComparison.Ordinal));

    /// <summary>The listings of what the row's command defined; every line of it was accepted.</summary>
    public static string Accepted(string name, int number)
    {
        string[] lines = Report(name, number);
        Assert.All(lines, line => Assert.StartsWith("ok\t", line, StringComparison.Ordinal));
        return string.Join('\n', lines.Select(line => line["ok\t".Length..]).Where(line => line.Length > 0));
    }

    /// <summary>The lines of a listing that a command has added: one for each definition in it, the last ones.</summary>
    public static string Added(string command, string listing)
    {
        int definitions = command.Split('\n').Count(line => line.TrimStart() is ['p' or 'r', ..]);
        return string.Join('\n', listing.Split('\n').TakeLast(definitions));
    }

    private static string[] Report(string name, int number)
    {
        Dictionary<string, string> row = VectorFile.Read(name)[number];
        return NeedsNothing(row) ? [Together(name, row["file"])[number]] : Alone(row);
    }

    private static bool NeedsNothing(Dictionary<string, string> row) =>
        row["setup"].Length == 0 && !row["command"].Contains('\n', StringComparison.Ordinal);

    private static Dictionary<int, string> Together(string name, string file) =>
        s_together.GetOrAdd((name, file), key => new(() => RunTogether(key.Name, key.File))).Value;

    private static Dictionary<int, string> RunTogether(string name, string file)
    {
        var rows = VectorFile.Read(name).Index()
            .Where(row => row.Item["file"] == file && CanShow(row.Item) && NeedsNothing(row.Item)).ToList();
        string[] lines = Parse(rows.Select(row => row.Item["command"]), "--fresh", "--file", file);
        Assert.Equal(rows.Count, lines.Length);
        return rows.Zip(lines).ToDictionary(pair => pair.First.Index, pair => pair.Second);
    }

    private static string[] Alone(Dictionary<string, string> row)
    {
        string[] setup = row["setup"].Split(" ;; ", StringSplitOptions.RemoveEmptyEntries);
        return Parse([.. setup, row["command"]], "--file", row["file"])[setup.Length..];
    }

    private static string[] Parse(IEnumerable<string> commands, params string[] options)
    {
        string text = string.Concat(commands.Select(command => VectorFixture.Substitute(command) + "\n"));
        CommandResult result = CommandRunner.Run(new Command(Muprobe.Path, ["parse", .. options]) { Input = Encoding.Latin1.GetBytes(text) });
        Assert.Equal((0, string.Empty), (result.ExitStatus, result.Errors));
        return Encoding.Latin1.GetString(result.OutputBytes)[..^1].Split('\n');
    }
}
