using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using ManagedUprobe.IntegrationTests.Attaching;
using ManagedUprobe.IntegrationTests.Library;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Session;
using ManagedUprobe.Tests.Shared;
using ManagedUprobe.Uprobes;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Soak;

/// <summary>
/// Everything at once: threads born and dying, forks, plugins that come and go, signals, probes on and off, another tracer that attaches and leaves. Some seconds,
/// or as long as MUPROBE_SOAK says (<c>scripts/soak</c>).
/// </summary>
public sealed class SoakTests(ITestOutputHelper output)
{
    // Before that the runtime still compiles, and its heap finds its size.
    private const int EnoughForMemory = 120;
    private const long AllowedGrowth = 2048;

    private static readonly int s_seconds =
        int.TryParse(Environment.GetEnvironmentVariable("MUPROBE_SOAK"), NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) ? seconds : 4;

    [Fact]
    [Scenario(1, 42, 50, 51, 67)]
    public async Task CountsAreTheTargetsOwnAndMemoryDoesNotGrow()
    {
        using var folder = new PrivateFolder();
        string program = folder.Fixture("soak", "libplugin.so");
        string report = folder["out"];
        await using var session = UprobeSession.Launch(
            "sh", ["-c", $"exec {program} {s_seconds} >{report}"], new SessionOptions { CountOnly = true });
        string[] counted = ["work", "nested", "toggled"];
        List<UprobeRegistration> entries = [.. counted.Select(name => session.Register(Place(program, name), Entry()))];
        List<UprobeRegistration> returns = [.. counted.Select(name => session.Register(Place(program, name), CallbackConsumer.Return(_ => { })))];
        entries.Add(session.Register(Place(folder["libplugin.so"], "plugin_work"), Entry()));

        Task<long>[] others = [Run(() => Toggle(session, program)), Run(() => AttachAndLeave(session)), Run(() => Growth(session))];
        session.Start();
        int status = await session.WaitForExitAsync(TestContext.Current.CancellationToken);
        long[] done = await Task.WhenAll(others);

        var result = new CommandResult(status, File.ReadAllBytes(report), []);
        output.WriteLine($"{result.Output}probes on and off {done[0]}, attached and left {done[1]}, growth in the second half {done[2]} KiB");
        Assert.Equal((0, 0), (status, result.Number("wrong")));
        long[] own = [.. counted.Append("plugin").Select(result.Number)];
        Assert.Equal(own, entries.Select(entry => entry.Hits));
        Assert.Equal(own[..counted.Length], returns.Select(each => each.Hits));
        Assert.All(done[..2], count => Assert.NotEqual(0, count));
        Assert.True(s_seconds < EnoughForMemory || done[2] <= AllowedGrowth, $"{done[2]} KiB more than at half time");
    }

    private static CallbackConsumer Entry() => CallbackConsumer.Entry(_ => { });

    private static Uprobe Place(string file, string symbol) => new(file, ElfSymbols.OffsetOf(file, symbol));

    private static Task<long> Run(Func<long> action) =>
        Task.Factory.StartNew(action, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Registers and unregisters beside the probes that stay; how often.</summary>
    private static long Toggle(UprobeSession session, string program)
    {
        Uprobe[] places = [Place(program, "toggled"), Place(program, "work"), Place(program, "main")];
        long rounds = 0;
        try
        {
            while (!session.Completion.IsCompleted)
            {
                UprobeRegistration[] added =
                [
                    .. places.Select(place => session.Register(place, Entry())),
                    .. places.Select(place => session.Register(place, CallbackConsumer.Return(_ => { }))),
                ];
                Array.ForEach(added, each => each.Dispose());
                rounds++;
            }
        }
        catch (ObjectDisposedException)
        {
            // The program has ended between the look and the registration.
        }

        return rounds;
    }

    /// <summary>A second session over another program, which never rests; how often.</summary>
    private static long AttachAndLeave(UprobeSession until)
    {
        string program = Fixture.Path("attach_storm");
        using var target = new Grandchild(program, TimeSpan.FromSeconds(s_seconds + 60), "3");
        long rounds = 0;
        for (; !until.Completion.IsCompleted; rounds++)
        {
            var consumer = new CountingConsumer();
            using var session = UprobeSession.Attach(target.Id, new SessionOptions { CountOnly = true });
            _ = session.Register(Place(program, "mix"), consumer);
            _ = session.Register(Place(program, "nested"), new CountingConsumer(returns: true));
            SpinWait.SpinUntil(() => consumer.Hits >= 10 || until.Completion.IsCompleted);
        }

        CommandResult result = target.WaitForEnd();
        Assert.Equal((0, 0), (result.ExitStatus, result.Number("wrong")));
        Assert.Equal(result.Number("raised"), result.Number("handled"));
        return rounds;
    }

    /// <summary>KiB by which this process is larger at the end than it was at half time: the smallest of ten looks each.</summary>
    private static long Growth(UprobeSession session)
    {
        var looks = new List<long>();
        while (!session.Completion.Wait(TimeSpan.FromMilliseconds(s_seconds * 10)))
        {
            GC.Collect();
            looks.Add(Environment.WorkingSet / 1024);
        }

        int half = looks.Count / 2;
        return looks[^Math.Min(10, half)..].Min() - looks.GetRange(half, Math.Min(10, half)).Min();
    }
}
