using System;
using System.Globalization;
using System.Threading;
using ManagedUprobe.IntegrationTests.Support;

namespace ManagedUprobe.IntegrationTests.Survival;

/// <summary>How fast a target is after the death of its tracer: its bursts of calls in a window of time, against those of an untraced twin at the same time.</summary>
/// <param name="Cpu">Bursts for a second of CPU time, as part of the twin's: other programs do not matter.</param>
/// <param name="Clock">Bursts for a second, as part of the twin's: it does not stand still.</param>
internal readonly record struct KillSpeed(double Cpu, double Clock)
{
    /// <summary>What it must reach.</summary>
    public const double Least = 0.8;

    // A window is short, and the machine is not its own: being slow shows in all of them.
    private const int Windows = 6;

    private static readonly TimeSpan s_window = TimeSpan.FromMilliseconds(200);

    /// <summary>The lower of both.</summary>
    public double Lower => Math.Min(Cpu, Clock);

    /// <summary>Whether it is as fast as it must be.</summary>
    public bool IsEnough => Lower >= Least;

    /// <summary>Measures; the best window counts, and no more than needed are looked at.</summary>
    public static KillSpeed Measure(RunningCommand target, RunningCommand twin)
    {
        KillSpeed best = default;
        (Sample Target, Sample Twin) before = Take(target, twin, 1);
        for (int window = 0; window < Windows && !best.IsEnough; window++)
        {
            Thread.Sleep(s_window);
            (Sample Target, Sample Twin) after = Take(target, twin, window + 2);
            Sample own = after.Target - before.Target;
            Sample others = after.Twin - before.Twin;
            var speed = new KillSpeed(own.PerCpu / others.PerCpu, own.PerClock / others.PerClock);
            best = speed.Lower > best.Lower ? speed : best;
            before = after;
        }

        return best;
    }

    /// <summary>For people.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Cpu:f2} by CPU time, {Clock:f2} by the clock");

    private static (Sample Target, Sample Twin) Take(RunningCommand target, RunningCommand twin, int number)
    {
        target.Send("s");
        twin.Send("s");
        return (Sample.Read(target, number), Sample.Read(twin, number));
    }

    private readonly record struct Sample(long Bursts, long CpuNs, long ClockNs)
    {
        public double PerCpu => (double)Bursts / Math.Max(1, CpuNs);

        public double PerClock => (double)Bursts / Math.Max(1, ClockNs);

        public static Sample operator -(Sample later, Sample earlier) =>
            new(later.Bursts - earlier.Bursts, later.CpuNs - earlier.CpuNs, later.ClockNs - earlier.ClockNs);

        public static Sample Read(RunningCommand program, int number)
        {
            string[] words = program.WaitForOutput(string.Create(CultureInfo.InvariantCulture, $"sample{number}: ")).Split(' ');
            return new Sample(Parse(words[1]), Parse(words[2]), Parse(words[3]));
        }

        private static long Parse(string word) => long.Parse(word, CultureInfo.InvariantCulture);
    }
}
