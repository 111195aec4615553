using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Spectre.Console;

namespace ManagedUprobe.Bench;

/// <summary>The table on the terminal.</summary>
internal static class ResultTable
{
    private const double Mega = 1_000_000;

    public static Table Of(IReadOnlyList<RowResult> results)
    {
        Table table = new Table().Border(TableBorder.Simple);
        table.AddColumns(
            new TableColumn("row"),
            new TableColumn("median").RightAligned(),
            new TableColumn("spread").RightAligned(),
            new TableColumn("ratio").RightAligned(),
            new TableColumn("of"),
            new TableColumn("what"));
        foreach (RowResult result in results)
        {
            BenchRow row = result.Row;
            double? ratio = Ratio(results, result);
            table.AddRow(
                Markup.Escape(row.Name),
                result.Median is { } median ? Figure(median, row.Unit) : "-",
                result.Median is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{result.Spread:P0}"),
                ratio is { } value ? string.Create(CultureInfo.InvariantCulture, $"{value:F2}") : "",
                ratio is null ? "" : Markup.Escape(row.Of!),
                Markup.Escape(result.Note ?? row.What));
        }

        return table;
    }

    /// <summary>The figure over that of the row named by Of; null when one of them is missing.</summary>
    public static double? Ratio(IReadOnlyList<RowResult> results, RowResult result) =>
        results.FirstOrDefault(other => other.Row.Name == result.Row.Of)?.Median is { } of && of > 0 ? result.Median / of : null;

    private static string Figure(double value, BenchUnit unit) => unit == BenchUnit.Bytes
        ? string.Create(CultureInfo.InvariantCulture, $"{value / Mega:F1} MB")
        : value >= Mega
            ? string.Create(CultureInfo.InvariantCulture, $"{value / Mega:F2} ms")
            : string.Create(CultureInfo.InvariantCulture, $"{value:N1} ns");
}
