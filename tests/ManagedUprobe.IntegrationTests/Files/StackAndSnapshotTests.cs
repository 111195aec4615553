using System;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Session;
using ManagedUprobe.Tracing;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Files;

/// <summary>The triggers stacktrace and snapshot, and the file snapshot, over a real process.</summary>
public sealed class StackAndSnapshotTests
{
    private const string Help = "# Snapshot commands:\n# echo 0 > snapshot : Clears and frees snapshot buffer\n";

    [Fact]
    public async Task ATriggerRecordsTheStackAsOftenAsItSays()
    {
        TraceFs files = await RunAsync("events/g/f1/trigger=stacktrace:2 if a > 0", "events/g/f1/enable=1");
        string[] lines = Lines(files.ReadText("trace"));
        int[] stacks = [.. Enumerable.Range(0, lines.Length).Where(i => lines[i].EndsWith(": <user stack trace>", StringComparison.Ordinal))];
        Assert.Equal([1, 2], stacks.Select(i => int.Parse(lines[i - 1][^1..], CultureInfo.InvariantCulture)));
        string hit = lines[stacks[0] - 1];
        ulong f1 = Convert.ToUInt64(hit.Split("(0x")[1].Split(')')[0], 16);
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $" =>  <{f1:x16}>"), lines[stacks[0] + 1]);

        // The caller, whose frame is there; below it the C library has none.
        Assert.Matches("^ =>  <0000[0-9a-f]{12}>$", lines[stacks[0] + 2]);
        Assert.NotEqual(lines[stacks[0] + 1], lines[stacks[0] + 2]);
        Assert.Contains("entries-in-buffer/entries-written: 7/7 ", files.ReadText("trace"), StringComparison.Ordinal);
        Assert.Equal("stacktrace:count=0 if a > 0\n", files.ReadText("events/g/f1/trigger"));
    }

    [Fact]
    public async Task AnEventThatIsNotEnabledHasAStackAllTheSame()
    {
        TraceFs files = await RunAsync("events/g/f1/trigger=stacktrace");
        string[] lines = [.. Lines(files.ReadText("trace")).Where(line => !line.StartsWith(" =>", StringComparison.Ordinal))];
        Assert.Equal(5, lines.Length);
        Assert.All(lines, line => Assert.EndsWith(": <user stack trace>", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task ASnapshotIsWhatWasRecordedBeforeTheHit()
    {
        TraceFs files = await RunAsync("events/g/f1/trigger=snapshot:1 if a == 2", "events/g/f1/enable=1");
        Assert.Equal("01", Values(files.ReadText("snapshot")));
        Assert.Equal("234", Values(files.ReadText("trace")));
        Assert.StartsWith("# tracer: nop\n#\n# entries-in-buffer/entries-written: 2/2 ", files.ReadText("snapshot"));

        files.WriteText("snapshot", "1\n");
        Assert.Equal(("234", "01"), (Values(files.ReadText("snapshot")), Values(files.ReadText("trace"))));
        files.WriteText("snapshot", "2\n");
        Assert.StartsWith("# tracer: nop\n#\n#\n# * Snapshot is allocated *\n#\n" + Help, files.ReadText("snapshot"));
        files.WriteText("snapshot", "0\n");
        Assert.StartsWith("# tracer: nop\n#\n#\n# * Snapshot is freed *\n#\n" + Help, files.ReadText("snapshot"));
        Assert.Equal("01", Values(files.ReadText("trace")));
    }

    [Fact]
    public async Task EachSnapshotGivesThePlaceOfTheOneBefore()
    {
        TraceFs files = await RunAsync("events/g/f1/trigger=snapshot", "events/g/f1/enable=1");
        Assert.Equal(("13", "024"), (Values(files.ReadText("snapshot")), Values(files.ReadText("trace"))));
    }

    [Fact]
    public async Task AHistogramCountsByStack()
    {
        TraceFs files = await RunAsync("events/g/f1/trigger=hist:keys=common_stacktrace:vals=a");
        string text = files.ReadText("events/g/f1/hist");
        Assert.StartsWith(
            "# event histogram\n#\n# trigger info: hist:keys=common_stacktrace:vals=hitcount,a:sort=hitcount:size=2048 [active]\n#\n\n{ common_stacktrace:\n         0x", text);
        Assert.Matches("^{ common_stacktrace:\n(         0x[0-9a-f]+\n){2,16}} hitcount: {10}5  a: {9}10\n\nTotals:\n    Hits: 5\n    Entries: 1\n", text[text.IndexOf('{', StringComparison.Ordinal)..]);
    }

    private static async Task<TraceFs> RunAsync(params string[] writes)
    {
        string program = Fixture.Path("calls_framed");
        await using var session = UprobeSession.Launch("sh", ["-c", "exec \"$0\" 5 >/dev/null", program], new SessionOptions { CountOnly = true });
        TraceFs files = session.TraceFs;
        files.WriteText("uprobe_events", string.Create(CultureInfo.InvariantCulture, $"p:g/f1 {program}:0x{ElfSymbols.OffsetOf(program, "f1"):x} a=%di:s32"));
        foreach (string[] write in writes.Select(each => each.Split('=', 2)))
        {
            files.WriteText(write[0], write[1], append: true);
        }

        Assert.Equal(0, await session.WaitForExitAsync(TestContext.Current.CancellationToken));
        return files;
    }

    private static string[] Lines(string trace) =>
        [.. trace.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != '#')];

    private static string Values(string trace) => string.Concat(Lines(trace).Select(line => line[^1]));
}
