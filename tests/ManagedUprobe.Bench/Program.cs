using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Spectre.Console;

namespace ManagedUprobe.Bench;

/// <summary>The benchmark: everything measured side by side in one run, as a table and as JSON.</summary>
internal static class Program
{
    private const int BadUsage = 2;

    private static int Main(string[] args)
    {
        if (BenchOptions.Parse(args, out string? error) is not { } options)
        {
            Console.Error.WriteLine($"bench: {error}");
            Console.Error.WriteLine(BenchOptions.Usage);
            return BadUsage;
        }

        using var place = new Workplace();
        IReadOnlyList<BenchRow> all = RowList.All(place);
        string? unknown = options.Rows.FirstOrDefault(name => !all.Any(row => RowList.Matches(row, name)));
        if (options.List || unknown is not null)
        {
            return List(all, unknown);
        }

        var runner = new RoundRunner(RowList.Select(all, options.Rows), options.Rounds);
        runner.Run(message => Console.Error.WriteLine(message));
        AnsiConsole.Write(ResultTable.Of(runner.Results));
        if (options.JsonPath is { } path)
        {
            File.WriteAllBytes(path, JsonReport.Of(runner.Results));
        }

        // A row that cannot be measured here says so; one that came out wrong is a failure.
        return runner.Results.Any(result => result.IsWrong) ? 1 : 0;
    }

    private static int List(IReadOnlyList<BenchRow> all, string? unknown)
    {
        if (unknown is not null)
        {
            Console.Error.WriteLine($"bench: no row {unknown}; there are:");
        }

        foreach (BenchRow row in all)
        {
            (unknown is null ? Console.Out : Console.Error).WriteLine($"{row.Name,-28} {row.What}");
        }

        return unknown is null ? 0 : BadUsage;
    }
}
