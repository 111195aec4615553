using System;
using System.Collections.Generic;
using System.Linq;
using ManagedUprobe.Tests.Architecture;
using Xunit;

namespace ManagedUprobe.Tests.Tracing;

/// <summary>format files, byte for byte as a kernel (6.18) wrote them for the same definitions.</summary>
public sealed class FormatTests
{
    private const string Head = """
        name: e
        ID: 2048
        format:
        	field:unsigned short common_type;	offset:0;	size:2;	signed:0;
        	field:unsigned char common_flags;	offset:2;	size:1;	signed:0;
        	field:unsigned char common_preempt_count;	offset:3;	size:1;	signed:0;
        	field:int common_pid;	offset:4;	size:4;	signed:1;


        """;

    private static readonly Dictionary<string, string> s_recorded = ReadRecorded();

    public static TheoryData<string> Definitions => [.. s_recorded.Keys];

    [Fact]
    public void EveryTypeIsThere() => Assert.Equal(55, s_recorded.Count);

    [Theory]
    [MemberData(nameof(Definitions))]
    public void IsTheKernels(string definition)
    {
        var tree = new TestTree();
        string[] parts = definition.Split(' ', 2);
        tree.Write("uprobe_events", $"{parts[0]}:g/e /x:0x1149 {string.Concat(parts[1..])}");
        Assert.Equal(Head + s_recorded[definition], tree.Read("events/g/e/format"));
    }

    // "# DEFINITION", then what follows the common fields, which are the same everywhere.
    private static Dictionary<string, string> ReadRecorded() =>
        Repository.Read("tests/Data/formats.txt").Split("# ", StringSplitOptions.RemoveEmptyEntries)
            .Select(block => block.Split('\n', 2))
            .ToDictionary(block => block[0], block => block[1], StringComparer.Ordinal);
}
