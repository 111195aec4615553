using System;
using System.Collections.Generic;
using System.Globalization;
using ManagedUprobe.Events;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Output;
using ManagedUprobe.Session;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Speed;

/// <summary>Nothing in the process allocates while it traces, formats and writes: a collection on any thread would hold up the target for milliseconds.</summary>
[Collection(nameof(AloneOnTheMachine))]
public sealed class AllocationTests
{
    private const long WarmHits = 10_000;

    // What the test's own surroundings may allocate meanwhile, far less than a byte a hit.
    private const long Slack = 40_000;

    public static TheoryData<string, bool> Cases => new()
    {
        { "p:hit @ a=%di:s64 b=%si:x64", false },
        { "p:hit @ s=+0(%dx):string c=$comm", true },
        { "r:hit @ v=$retval:s64", false },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void NothingIsAllocatedWhileHitsAreTracedFormattedAndWritten(string definition, bool json)
    {
        long hits = Repeat.Long ? 1_000_000 : 60_000;
        string program = Fixture.Path("bench_target");
        using var folder = new PrivateFolder();
        using var output = OutputDescriptor.Open(folder["events"]);
        IReadOnlyList<string> arguments = ["endbr64", (WarmHits + hits).ToString(CultureInfo.InvariantCulture)];
        using var session = UprobeSession.Launch(program, arguments, new SessionOptions { RingFull = RingFullPolicy.Wait });
        session.AddEvent(definition.Replace("@", $"{program}:bench_endbr64", StringComparison.Ordinal));
        var meter = new Meter(json ? new TraceJsonFormatter() : new TraceTextFormatter(), WarmHits, WarmHits + hits);
        var pump = new TracePump(session, meter, output, long.MaxValue);
        session.Start();
        pump.Run();
        Assert.Equal(WarmHits + hits, meter.Lines);
        Assert.True(meter.Allocated < Slack, $"{meter.Allocated} bytes allocated over {hits} hits");
    }

    /// <summary>Reads the runtime's counter at two lines.</summary>
    private sealed class Meter(ITraceFormatter inner, long first, long last) : ITraceFormatter
    {
        public long Lines { get; private set; }

        public long Allocated { get; private set; }

        public int Format(TraceUprobe probe, TraceRecord record, Span<byte> line)
        {
            Lines++;
            if (Lines == first || Lines == last)
            {
                Allocated = GC.GetTotalAllocatedBytes(precise: true) - Allocated;
            }

            return inner.Format(probe, record, line);
        }
    }
}
