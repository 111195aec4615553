using System;
using System.Globalization;
using System.Linq;
using System.Threading;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Tests.Shared;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Survival;

/// <summary>
/// The tracer, its watcher, its helper or all of its process group are killed at random instants: targets live on, with the right results, at their own speed, with
/// the text of their files. <c>scripts/kills</c> is the long form.
/// </summary>
public sealed class KillMatrixTests
{
    private const int AtOnce = 8;

    private static readonly int s_killsOfACase = Setting("MUPROBE_KILLS", Repeat.Choose(3, 125));
    private static readonly int s_seed = Setting("MUPROBE_SEED", 59);

    [Fact]
    [Scenario(33, 59, 81)]
    public void TargetsLiveOnAsIfNothingHadBeen()
    {
        string wanted = Environment.GetEnvironmentVariable("MUPROBE_KILL_CASE") ?? "";
        KillCase[] cases = [.. KillCase.All.Where(item => item.Name.Contains(wanted, StringComparison.Ordinal))];
        Action<string> say = TestContext.Current.TestOutputHelper is { } output ? output.WriteLine : _ => { };
        var tally = new KillTally(cases, s_killsOfACase, say);
        KillAll(cases, tally);

        string report = string.Join('\n', tally.Report());
        say(report);
        Assert.False(tally.Harms.Any() || tally.HasLostTooMany, report);
    }

    private static void KillAll(KillCase[] cases, KillTally tally)
    {
        int next = -1;
        void Work()
        {
            for (int i = Interlocked.Increment(ref next); i < s_killsOfACase * cases.Length; i = Interlocked.Increment(ref next))
            {
                KillCase item = cases[i % cases.Length];
                using var run = new KillRun(item, unchecked(s_seed + (i * 1_000_003)));
                tally.Add(item, run, run.FindHarm());
            }
        }

        Thread[] workers = [.. Enumerable.Range(0, AtOnce).Select(_ => new Thread(Work))];
        Array.ForEach(workers, worker => worker.Start());
        Array.ForEach(workers, worker => worker.Join());
    }

    private static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
