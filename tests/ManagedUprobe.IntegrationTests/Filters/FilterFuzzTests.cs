using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using ManagedUprobe.Events;
using ManagedUprobe.Events.Filters;
using ManagedUprobe.IntegrationTests.Conformance;
using ManagedUprobe.IntegrationTests.Support;
using ManagedUprobe.Primitives;
using ManagedUprobe.Tracing;
using Mono.Unix.Native;
using Xunit;

namespace ManagedUprobe.IntegrationTests.Filters;

/// <summary>Random filters to the live kernel and to us: the same verdict and text of the filter file, and the same hits that pass.</summary>
public sealed class FilterFuzzTests : IDisposable
{
    private readonly PrivateFolder _folder = new();
    private string _program = "";

    [Fact]
    public void RandomFiltersLetThoseHitsPassThatTheKernelLetsPass()
    {
        Assert.SkipUnless(TraceFsOracle.WhyNot is null, TraceFsOracle.WhyNot ?? "");
        _program = _folder.Fixture("filterhits");
        string end = string.Create(CultureInfo.InvariantCulture, $"p:GROUP/end {_program}:0x{ElfSymbols.OffsetOf(_program, "round_end"):x}");
        using var kernel = KernelInstance.Open(FilterTarget.Definition(_program), end);
        using var target = new FilterTarget(_program);
        kernel.Write("events/GROUP/hit/enable", "1");
        kernel.Write("events/GROUP/end/enable", "1");
        using var pipe = new StreamReader(new FileStream(kernel["trace_pipe"], FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 1), Encoding.Latin1);
        TraceUprobe probe = Probe(FilterTarget.Definition(_program));
        int id = int.Parse(kernel.Read("events/GROUP/hit/id"), CultureInfo.InvariantCulture);

        for (int i = 0; i < Repeat.Choose(always: 250, inLongRuns: 20_000); i++)
        {
            string filter = new RandomFilter(new RandomText(FuzzSeed.First + i)).Next();
            var file = new FilterFile();
            Errno ours = Write(file, filter, probe);
            Errno kernels = kernel.TryWrite("events/GROUP/hit/filter", filter);
            string shown = kernel.Read("events/GROUP/hit/filter");
            Assert.True((kernels, shown) == (ours, file.Text), $"{FuzzSeed.Reproduce(i)}: '{filter}': the kernel {kernels}: {shown}; we {ours}: {file.Text}");
            if (ours == 0)
            {
                target.Round();
                var passed = Passed(pipe).ToList();
                var expected = Enumerable.Range(0, target.Count).Where(hit => file.Filter == null || target.Passes(file.Filter, probe, hit, id)).ToList();
                Assert.True(passed.SequenceEqual(expected),
                    $"{FuzzSeed.Reproduce(i)}: '{filter}': the kernel lets pass {string.Join(' ', passed)}; we {string.Join(' ', expected)}");
            }
        }
    }

    public void Dispose() => _folder.Dispose();

    private static TraceUprobe Probe(string definition)
    {
        var table = new EventTable(new HostProbeFiles());
        table.WriteLine(definition);
        return table.Probes[0];
    }

    private static Errno Write(FilterFile file, string filter, TraceUprobe probe)
    {
        try
        {
            file.Write(filter, FilterFields.Of(probe));
            return 0;
        }
        catch (UprobeException error)
        {
            return error.Errno;
        }
    }

    /// <summary>The hits of one round that were recorded.</summary>
    private static IEnumerable<int> Passed(StreamReader pipe)
    {
        for (string line = pipe.ReadLine()!; !line.Contains(" end: ", StringComparison.Ordinal); line = pipe.ReadLine()!)
        {
            yield return int.Parse(line.Split(" i=")[1].Split(' ')[0], CultureInfo.InvariantCulture);
        }
    }
}
