using System;
using System.Collections.Generic;
using System.Linq;

namespace ManagedUprobe.Bench;

/// <summary>Measures rows in interleaved rounds: what disturbs the machine for a while disturbs all of them alike.</summary>
internal sealed class RoundRunner(IReadOnlyList<BenchRow> rows, int rounds)
{
    private readonly List<RowResult> _results = [.. rows.Select(row => new RowResult(row))];

    public IReadOnlyList<RowResult> Results => _results;

    public void Run(Action<string> progress)
    {
        for (int round = 1; round <= rounds; round++)
        {
            foreach (RowResult result in _results.Where(result => result.IsOpen))
            {
                progress($"round {round} of {rounds}: {result.Row.Name}");
                MeasureOnce(result);
            }
        }
    }

    private static void MeasureOnce(RowResult result)
    {
        try
        {
            result.Add(result.Row.Measure());
        }
        catch (NotMeasurableException reason)
        {
            result.CannotBeMeasured(reason.Message);
        }
        catch (WrongOutputException what)
        {
            result.CameOutWrong(what.Message);
        }
    }
}
