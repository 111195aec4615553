using System.Collections.Generic;
using System.Linq;

namespace ManagedUprobe.Bench;

/// <summary>What was measured for one row.</summary>
internal sealed class RowResult(BenchRow row)
{
    private readonly List<double> _samples = [];

    public BenchRow Row { get; } = row;

    /// <summary>Why there is no figure, or why the figure cannot be trusted.</summary>
    public string? Note { get; private set; }

    /// <summary>Whether a check of what was written failed.</summary>
    public bool IsWrong { get; private set; }

    /// <summary>Whether the row takes part in further rounds.</summary>
    public bool IsOpen => Note is null && _samples.Count < Row.MaxRounds;

    /// <summary>The median; null when nothing was measured.</summary>
    public double? Median => _samples.Count == 0 || IsWrong ? null : MedianOf([.. _samples.Order()]);

    /// <summary>The whole spread in parts of the median.</summary>
    public double Spread => Median is { } median && median != 0 ? (_samples.Max() - _samples.Min()) / median : 0;

    public void Add(double sample) => _samples.Add(sample);

    public void CannotBeMeasured(string why) => Note = why;

    public void CameOutWrong(string what)
    {
        Note = $"WRONG: {what}";
        IsWrong = true;
    }

    private static double MedianOf(double[] sorted) =>
        sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
}
