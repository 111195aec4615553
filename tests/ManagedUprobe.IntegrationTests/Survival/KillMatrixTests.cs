using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
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
        var harms = new ConcurrentQueue<(KillCase Case, string What)>();
        var losses = new ConcurrentQueue<KillCase>();
        KillAll(cases, harms, losses);

        List<string> report = [];
        foreach (KillCase item in cases)
        {
            int harmed = harms.Count(harm => harm.Case == item) + losses.Count(lost => lost == item);
            report.Add($"{s_killsOfACase - harmed,6} of {s_killsOfACase,-6} {item.Name}{(item.MayLose ? " (hits with SIGTRAP blocked: killed by it, the others)" : "")}");
        }

        report.AddRange(harms.Select(harm => $"{harm.Case.Name}: {harm.What}"));
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', report));
        Assert.True(harms.IsEmpty, string.Join('\n', report));
    }

    private static void KillAll(KillCase[] cases, ConcurrentQueue<(KillCase Case, string What)> harms, ConcurrentQueue<KillCase> losses)
    {
        int next = -1;
        void Work()
        {
            for (int i = Interlocked.Increment(ref next); i < s_killsOfACase * cases.Length; i = Interlocked.Increment(ref next))
            {
                KillCase item = cases[i % cases.Length];
                using var run = new KillRun(item, s_seed + (i * 1_000_003));
                if (run.FindHarm() is not { } harm)
                {
                    continue;
                }

                if (item.MayLose && run.WasTrapped)
                {
                    losses.Enqueue(item);
                }
                else
                {
                    harms.Enqueue((item, harm));
                }
            }
        }

        Thread[] workers = [.. Enumerable.Range(0, AtOnce).Select(_ => new Thread(Work))];
        Array.ForEach(workers, worker => worker.Start());
        Array.ForEach(workers, worker => worker.Join());
    }

    private static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
