using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using ManagedUprobe.IntegrationTests.Library;
using ManagedUprobe.Output;
using ManagedUprobe.Primitives;
using ManagedUprobe.Session;
using ManagedUprobe.Tracing;
using Mono.Unix.Native;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Files;

/// <summary>The event files of a session, over a real process.</summary>
public sealed class SessionFilesTests
{
    private const string EnableF1 = "events/g/f1/enable";

    [Fact]
    public async Task WhatIsEnabledIsTraced()
    {
        await using TracedFixture target = Defined(3);
        TraceFs files = target.Session.TraceFs;
        files.WriteText("events/g/enable", "1");
        await target.AssertUnharmedAsync("3");
        string[] lines = Lines(files.ReadText("trace"));
        Assert.Equal(6, lines.Length);
        Assert.All(lines, line => Assert.Matches(@"^           calls-\d+ +\[\d{3}\] DBZff +\d+\.\d{6}: (f1: \(0x[0-9a-f]+\) a=\d|r1: \(0x[0-9a-f]+ <- 0x[0-9a-f]+\) v=\d)$", line));
        Assert.Contains("entries-in-buffer/entries-written: 6/6 ", files.ReadText("trace"), StringComparison.Ordinal);
        Assert.Equal("g:r1\ng:f1\n", files.ReadText("set_event"));
        Assert.Matches(@"^\d+ calls\n$", files.ReadText("saved_cmdlines"));
        Assert.Equal(["3", "3"], Lines(files.ReadText("uprobe_profile")).Select(line => line.Split(' ')[^1]));
    }

    [Fact]
    public async Task AnEventThatWasAddedIsOneOfTheFiles()
    {
        await using var target = new TracedFixture(SessionOptions.Default, "calls", 5);
        target.Session.AddEvent(target.Define("p:g/f1 @:f1 a=%di:s32"));
        TraceFs files = target.Session.TraceFs;
        Assert.Equal("1\n", files.ReadText(EnableF1));
        Assert.Equal(Errno.EBUSY, Assert.Throws<UprobeException>(() => files.WriteText("uprobe_events", "")).Errno);
        files.WriteText(EnableF1, "0");
        await target.AssertUnharmedAsync("5");
        await foreach (TraceEvent item in target.Session.ReadEventsAsync(TestContext.Current.CancellationToken))
        {
            Assert.Fail(item.Event);
        }

        Assert.EndsWith(" 0\n", files.ReadText("uprobe_profile"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tracing_on", "0", 0)]
    [InlineData("set_event_pid", "1", 0)]
    [InlineData("set_event_notrace_pid", "1", 4)]
    [InlineData("tracing_on", "1", 4)]
    public async Task WhatIsNotRecordedIsCounted(string file, string text, int recorded)
    {
        await using TracedFixture target = Defined(4);
        TraceFs files = target.Session.TraceFs;
        files.WriteText(EnableF1, "1");
        files.WriteText(file, text);
        await target.AssertUnharmedAsync("4");
        Assert.Equal(recorded, Lines(files.ReadText("trace")).Length);
        Assert.EndsWith(" 4", Lines(files.ReadText("uprobe_profile"))[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task ThePipeGivesEveryLineOnceAndEndsWithTheTarget()
    {
        await using TracedFixture target = Defined(500);
        TraceFs files = target.Session.TraceFs;
        files.WriteText(EnableF1, "1");
        using Stream pipe = files.OpenRead("trace_pipe");
        target.Session.Start();
        string[] lines = Lines(await new StreamReader(pipe).ReadToEndAsync(TestContext.Current.CancellationToken));
        Assert.Equal(Enumerable.Range(0, 500).Select(i => $"a={i}"), lines.Select(line => line.Split(' ')[^1]));
        Assert.Empty(Lines(files.ReadText("trace")));
        await target.AssertUnharmedAsync("500");
    }

    [Fact]
    public async Task ASmallBufferKeepsTheNewestAndCountsTheRest()
    {
        await using TracedFixture target = Defined(1000);
        TraceFs files = target.Session.TraceFs;
        files.WriteText("buffer_size_kb", "1");
        files.WriteText(EnableF1, "1");
        await target.AssertUnharmedAsync("1000");
        long entries = Cpus(files).Sum(cpu => Stat(files, cpu, "entries"));
        Assert.Equal(1000, entries + Cpus(files).Sum(cpu => Stat(files, cpu, "overrun")));
        Assert.InRange(entries, 171, 340 * Cpus(files).Count());
        Assert.Contains($"entries-in-buffer/entries-written: {entries}/1000 ", files.ReadText("trace"), StringComparison.Ordinal);
        Assert.EndsWith(" a=999", Lines(files.ReadText("trace"))[^1], StringComparison.Ordinal);
        string[] piped = files.ReadText("trace_pipe").Split('\n');
        Assert.Contains(piped, line => line.StartsWith("CPU:", StringComparison.Ordinal) && line.EndsWith(" EVENTS]", StringComparison.Ordinal));
        Assert.Equal(entries, piped.Count(line => line.Contains("f1:", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task DeletingAnEventEmptiesTheBuffer()
    {
        await using TracedFixture target = Defined(2);
        TraceFs files = target.Session.TraceFs;
        files.WriteText(EnableF1, "1");
        await target.AssertUnharmedAsync("2");
        files.WriteText("uprobe_events", "-:g/r1", append: true);
        Assert.Equal(2, Lines(files.ReadText("trace")).Length);
        files.WriteText(EnableF1, "0");
        files.WriteText("uprobe_events", "-:g/f1", append: true);
        Assert.Empty(Lines(files.ReadText("trace")));
    }

    [Theory]
    [InlineData("options/irq-info", "0", @"^           calls-\d+ +\[\d{3}\] +\d+\.\d{6}: f1: .* a=0$")]
    [InlineData("options/context-info", "0", @"^f1: \(0x[0-9a-f]+\) a=0$")]
    [InlineData("options/record-tgid", "1", @"^           calls-(\d+) +\( *\1\) \[\d{3}\] DBZff +\d+\.\d{6}: f1: .* a=0$")]
    [InlineData("trace_options", "norecord-cmd", @"^           <\.\.\.>-\d+ +\[\d{3}\] DBZff +\d+\.\d{6}: f1: .* a=0$")]
    [InlineData("trace_clock", "counter", @"^           calls-\d+ +\[\d{3}\] DBZff  {10,11}\d+: f1: .* a=0$")]
    [InlineData("trace_clock", "boot", @"^           calls-\d+ +\[\d{3}\] DBZff +\d+\.\d{6}: f1: .* a=0$")]
    public async Task OptionsAndClocksShapeTheLines(string file, string text, string line)
    {
        await using TracedFixture target = Defined(1);
        TraceFs files = target.Session.TraceFs;
        files.WriteText(file, text);
        files.WriteText(EnableF1, "1");
        await target.AssertUnharmedAsync("1");
        Assert.Matches(line, Assert.Single(Lines(files.ReadText("trace"))));
    }

    [Fact]
    public async Task AFileThatIsNoProgramIsRefusedWhenItsEventIsEnabled()
    {
        await using var target = new TracedFixture(SessionOptions.Default, "calls", 1);
        TraceFs files = target.Session.TraceFs;
        files.WriteText("uprobe_events", target.Define("p:g/f1 @:0x7fffffff"));
        Assert.Equal(Errno.EINVAL, Assert.Throws<UprobeException>(() => files.WriteText(EnableF1, "1")).Errno);
        Assert.Equal("0\n", files.ReadText(EnableF1));
    }

    private static TracedFixture Defined(int calls)
    {
        var target = new TracedFixture(new SessionOptions { CountOnly = true }, "calls", calls);
        string place = string.Create(CultureInfo.InvariantCulture, $"@:0x{target.PlaceOf("f1").Offset:x}");
        target.Session.TraceFs.WriteText("uprobe_events", target.Define($"p:g/f1 {place} a=%di:s32\nr:g/r1 {place} v=$retval:s32\n"));
        return target;
    }

    private static string[] Lines(string text) =>
        [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != '#')];

    private static IEnumerable<string> Cpus(TraceFs files) => files.List("per_cpu");

    private static long Stat(TraceFs files, string cpu, string name) => long.Parse(
        files.ReadText($"per_cpu/{cpu}/stats").Split('\n').First(line => line.StartsWith(name + ": ", StringComparison.Ordinal)).Split(' ')[^1],
        CultureInfo.InvariantCulture);
}
