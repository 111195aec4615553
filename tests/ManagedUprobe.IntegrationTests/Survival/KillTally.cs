using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;

namespace ManagedUprobe.IntegrationTests.Survival;

/// <summary>What has become of the targets of all kills.</summary>
/// <param name="cases">The kinds of kills.</param>
/// <param name="killsOfACase">Kills of each kind.</param>
/// <param name="say">Receives a line for people from time to time, and at each harm.</param>
internal sealed class KillTally(KillCase[] cases, int killsOfACase, Action<string> say)
{
    private const int Progress = 100;

    private readonly Lock _gate = new();
    private readonly List<Outcome> _outcomes = [];

    /// <summary>Targets that were not killed by a hit with SIGTRAP blocked, and are not as if nothing had been.</summary>
    public IEnumerable<string> Harms => _outcomes.Where(each => each is { Harm: not null, IsLost: false }).Select(Describe);

    /// <summary>Whether more than one in a hundred of those that hit with SIGTRAP blocked were killed by it.</summary>
    public bool HasLostTooMany => Lost > Math.Max(1, Blocked / 100);

    private int Lost => _outcomes.Count(each => each.IsLost);

    private int Blocked => _outcomes.Count(each => each.Case.MayLose);

    /// <summary>Takes note of a kill.</summary>
    public void Add(KillCase item, KillRun run, string? harm)
    {
        lock (_gate)
        {
            var outcome = new Outcome(item, harm, harm != null && item.MayLose && run.WasTrapped, run.Healing, run.Speed);
            _outcomes.Add(outcome);
            if (harm != null)
            {
                say(Describe(outcome));
            }

            if (_outcomes.Count % Progress == 0)
            {
                say($"{_outcomes.Count} of {cases.Length * killsOfACase} kills, {_outcomes.Count(each => each.Harm != null)} targets harmed");
            }
        }
    }

    /// <summary>All figures, and at the end the verdict.</summary>
    public IEnumerable<string> Report()
    {
        yield return "  unharmed of kills; until nothing of the tracer is left: median, longest; speed of the untraced: median, least, by CPU time and by the clock";
        foreach (KillCase item in cases)
        {
            yield return Describe(item, [.. _outcomes.Where(each => each.Case == item)]);
        }

        foreach (Outcome harmed in _outcomes.Where(each => each.Harm != null))
        {
            yield return Describe(harmed);
        }

        int ordinary = _outcomes.Count - Blocked;
        yield return $"{_outcomes.Count} kills: {ordinary - Harms.Count()} of {ordinary} unharmed"
            + (Blocked == 0 ? "" : $"; of those that hit with SIGTRAP blocked {Blocked - Lost} of {Blocked} lived");
    }

    private static string Describe(KillCase item, Outcome[] outcomes)
    {
        double[] healings = [.. outcomes.Where(each => each.Healing != null).Select(each => each.Healing!.Value.TotalMilliseconds).Order()];
        KillSpeed[] speeds = [.. outcomes.Where(each => each.Speed != null).Select(each => each.Speed!.Value)];
        double[] byCpu = [.. speeds.Select(speed => speed.Cpu).Order()];
        double[] byClock = [.. speeds.Select(speed => speed.Clock).Order()];
        string figures = speeds.Length == 0 ? "" : string.Create(
            CultureInfo.InvariantCulture,
            $"  {Median(healings),5:f0} {healings[^1],5:f0} ms  {Median(byCpu):f2} {byCpu[0]:f2}  {Median(byClock):f2} {byClock[0]:f2}");
        return $"{outcomes.Count(each => each.Harm == null),6} of {outcomes.Length,-6}{figures}  {item.Name}{(item.MayLose ? " (hits with SIGTRAP blocked)" : "")}";
    }

    private static string Describe(Outcome outcome) => $"{outcome.Case.Name}: {outcome.Harm}";

    private static double Median(double[] sorted) => sorted[sorted.Length / 2];

    private sealed record Outcome(KillCase Case, string? Harm, bool IsLost, TimeSpan? Healing, KillSpeed? Speed);
}
