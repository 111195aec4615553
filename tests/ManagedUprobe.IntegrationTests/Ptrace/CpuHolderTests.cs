using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Native;
using ManagedUprobe.Primitives;
using ManagedUprobe.ProcFs;
using ManagedUprobe.Ptrace;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Ptrace;

/// <summary>What holds a CPU is there as long as stops come, and no longer.</summary>
[Collection(nameof(AloneOnTheMachine))]
public sealed class CpuHolderTests
{
    private const long Hour = 3_600_000_000_000;

    private readonly int[] _before = Threads();
    private readonly CpuHolder _holder = new();

    [Fact]
    public void ItRunsOnThatCpuUntilNoMoreStopsCome()
    {
        int cpu = Libc.CurrentCpu;
        int tid = Hold(cpu);
        AwaitState(tid, 'R');
        Assert.True(Libc.TryGetOnlyCpu(tid, out int held));
        Assert.Equal(cpu, held);

        _holder.GoOn(MonotonicClock.Now - Hour);
        AwaitState(tid, 'S');
        _holder.End();
        AwaitEnd(tid);
    }

    [Fact]
    public void ItSleepsWhenTheCpuIsLetGo()
    {
        int tid = Hold(Libc.CurrentCpu);
        AwaitState(tid, 'R');
        _holder.Release();
        AwaitState(tid, 'S');
        _ = Hold(Libc.CurrentCpu);
        AwaitState(tid, 'R');
        _holder.End();
        AwaitEnd(tid);
    }

    private int Hold(int cpu)
    {
        // The very first time its thread has to be there first.
        Assert.True(SpinWait.SpinUntil(() => IsHeld(cpu), TimeSpan.FromSeconds(30)), "it is not held");
        return Assert.Single(Threads(), tid => !_before.Contains(tid) && NameOf(tid) == "holds a CPU");
    }

    private bool IsHeld(int cpu)
    {
        _holder.Hold(cpu, MonotonicClock.Now + Hour);
        return _holder.Cpu == cpu;
    }

    private static int[] Threads() =>
        [.. Directory.EnumerateDirectories("/proc/self/task").Select(path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture))];

    private static string NameOf(int tid)
    {
        try
        {
            return File.ReadAllText($"/proc/self/task/{tid}/comm").TrimEnd();
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static void AwaitState(int tid, char state) =>
        Assert.True(SpinWait.SpinUntil(() => ProcStat.Of(tid).State == state, TimeSpan.FromSeconds(30)), $"never {state}");

    private static void AwaitEnd(int tid) =>
        Assert.True(SpinWait.SpinUntil(() => !Threads().Contains(tid), TimeSpan.FromSeconds(30)), "it does not end");
}
