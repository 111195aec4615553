using System;
using System.Collections.Generic;
using ManagedUprobe.Events;
using ManagedUprobe.Primitives;
using ManagedUprobe.Tests.Support;
using ManagedUprobe.Tracing;
using Mono.Unix.Native;

namespace ManagedUprobe.Tests.Tracing;

/// <summary>A tree of event files over files that all exist, and over processes that say what is placed.</summary>
internal sealed class TestTree : IProbePlacer
{
    public TestTree()
    {
        Array = new TraceArray(new EventTable(new FakeFiles()), this);
        Files = new TraceFs(Array);
    }

    public TraceArray Array { get; }

    public TraceFs Files { get; }

    /// <summary>Places of probes that are in place, in the order in which they were placed.</summary>
    public List<string> Placed { get; } = [];

    /// <summary>A place that refuses probes.</summary>
    public ulong Refused { get; set; } = ulong.MaxValue;

    public string Read(string path) => Files.ReadText(path);

    public void Write(string path, string text) => Files.WriteText(path, text);

    public void Append(string path, string text) => Files.WriteText(path, text, append: true);

    /// <summary>What a write fails with; 0 when it does not.</summary>
    public Errno TryWrite(string path, string text, bool append = false)
    {
        try
        {
            Files.WriteText(path, text, append);
            return 0;
        }
        catch (UprobeException error)
        {
            return error.Errno;
        }
    }

    public IPlacedProbe Place(TraceUprobe probe, TraceEventFile file)
    {
        if (probe.Offset == Refused)
        {
            throw new UprobeException(UprobeException.NotSupported, "refused");
        }

        string place = $"{probe.Group}/{probe.Event}@{probe.Offset}";
        Placed.Add(place);
        return new PlacedProbe(() => Placed.Remove(place));
    }

    private sealed class PlacedProbe(Action remove) : IPlacedProbe
    {
        public long Misses => 0;

        public void Dispose() => remove();
    }
}
